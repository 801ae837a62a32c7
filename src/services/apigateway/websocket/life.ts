import type { WebSocketEvents } from "../../../kernel/http.ts";
import { newTrace } from "../../../kernel/trace.ts";
import type { Background } from "../../define.ts";
import { readApiEntry } from "../api-index.ts";
import { type CompiledStage, findStage } from "../http/compiled.ts";
import { newRequestId } from "../ids.ts";
import { sceneOf } from "./authorize.ts";
import { billConnection, noteSent } from "./billing.ts";
import { type Connection, removeConnection } from "./connections.ts";
import type { Happening } from "./event.ts";
import { routeOf, runRoute } from "./happenings.ts";
import { select } from "./select.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const IDLE_MS = 10 * 60_000;
const LONGEST_MS = 2 * 60 * 60_000;
/** Closing codes: https://datatracker.ietf.org/doc/html/rfc6455#section-7.4.1 */
const GOING_AWAY = 1001;
const UNSUPPORTED = 1003;

/** Keeps a connection for as long as it may live, and has what the client sends answered. */
export function holdConnection(
  world: Background,
  connection: Connection,
  stageName: string,
): WebSocketEvents {
  const { clock } = world;
  const endsMs = connection.connectedMs + LONGEST_MS;
  const dueMs = () => Math.min(connection.lastActiveMs + IDLE_MS, endsMs);
  const look = () => {
    if (clock.now() >= dueMs()) connection.link?.close(GOING_AWAY, "Going away");
    else timer = clock.at(dueMs(), look);
  };
  let timer = clock.at(dueMs(), look);
  const touch = () => {
    connection.lastActiveMs = Math.floor(clock.now());
  };
  return {
    message(data, isBinary) {
      touch();
      if (isBinary) connection.link?.close(UNSUPPORTED, "Binary is not supported");
      else void tracked(world, () => receive(world, connection, stageName, Buffer.from(data).toString()));
    },
    ping: touch,
    closed(code, reason) {
      timer.cancel();
      removeConnection(world.store, connection);
      if (!world.signal.aborted)
        void tracked(world, () => disconnect(world, connection, stageName, code, reason));
    },
  };
}

/** Counts as work under way; what nobody foresaw is told. */
async function tracked(world: Background, work: () => Promise<void>): Promise<void> {
  const end = world.begin();
  try {
    await work();
  } catch (error) {
    world.log.error("a message of a WebSocket connection failed", { error });
  } finally {
    end();
  }
}

/** The stage as it is deployed now: a connection outlives deployments. */
async function stageNow(
  { store }: Background,
  { apiId }: Connection,
  name: string,
): Promise<CompiledStage | undefined> {
  const entry = await store.transact((tx) => readApiEntry(tx, apiId));
  if (!entry) return undefined;
  return (await findStage(store, { entry, path: `/${encodeURIComponent(name)}` }))?.stage;
}

async function receive(
  world: Background,
  connection: Connection,
  stageName: string,
  body: string,
): Promise<void> {
  const stage = await stageNow(world, connection, stageName);
  const requestId = newRequestId(world.ids);
  const say = (message: string) =>
    connection.link?.send(JSON.stringify({ message, connectionId: connection.id, requestId }));
  if (!stage) return void (await say("Forbidden"));
  const base = {
    type: "MESSAGE" as const,
    connection,
    stage,
    requestId,
    atMs: world.clock.now(),
    messageId: newRequestId(world.ids),
    body,
  };
  const wanted = select(stage.api.RouteSelectionExpression ?? "", sceneOf({ ...base, routeKey: "" }));
  const isOwn = wanted !== undefined && wanted !== "$connect" && wanted !== "$disconnect";
  const route = (isOwn ? routeOf({ stage }, wanted) : undefined) ?? routeOf({ stage }, "$default");
  if (!route) return void (await say("Forbidden"));
  const happening: Happening = { ...base, routeKey: route.RouteKey };
  const outcome = await runRoute(world, happening, route, newTrace(world.clock, world.ids));
  if (outcome.kind === "throttled") return void (await say("Too Many Requests"));
  if (outcome.kind === "invalid") return void (await say(outcome.error));
  if (outcome.kind === "failed") return void (await say("Internal server error"));
  if (!isTwoWay(happening) || outcome.answer === undefined) return;
  noteSent(world, connection, Buffer.byteLength(outcome.answer.body));
  await connection.link?.send(outcome.answer.body);
}

/** Answers reach the client only where the route has a response. */
function isTwoWay({ stage, routeKey }: Happening): boolean {
  const route = routeOf({ stage }, routeKey);
  return (
    route?.RouteResponseSelectionExpression !== undefined &&
    stage.snapshot.routeResponses.some(({ RouteId }) => RouteId === route.RouteId)
  );
}

async function disconnect(
  world: Background,
  connection: Connection,
  stageName: string,
  code: number,
  reason: string,
): Promise<void> {
  billConnection(world, connection);
  const stage = await stageNow(world, connection, stageName);
  if (!stage) return;
  const route = routeOf({ stage }, "$disconnect");
  if (!route) return;
  const happening: Happening = {
    type: "DISCONNECT",
    routeKey: "$disconnect",
    connection,
    stage,
    requestId: newRequestId(world.ids),
    atMs: world.clock.now(),
    closed: { code, reason },
  };
  await runRoute(world, happening, route, newTrace(world.clock, world.ids));
}
