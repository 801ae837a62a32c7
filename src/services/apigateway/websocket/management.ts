import type * as sdk from "@aws-sdk/client-apigatewaymanagementapi";
import type { Fault } from "../../../kernel/faults.ts";
import type { HttpRequest, HttpResponse } from "../../../kernel/http.ts";
import { type Background, type Context, faultsOf, type Handlers } from "../../define.ts";
import { ACCOUNT_RATE, passes } from "../execution/throttle.ts";
import { findStage } from "../http/compiled.ts";
import type { Place } from "../places.ts";
import { noteSent } from "./billing.ts";
import { type Connection, findConnection } from "./connections.ts";

// What backends do with connections, through the SDK on the platform's own address, or over the API's.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

const fault = faultsOf<typeof sdk>();
const MOST_BYTES = 128 * 1024;
/** More is read than is taken, so that the refusal is the service's own. */
const MOST_READ_BYTES = 10 * 1024 * 1024;
const CLOSED_NORMALLY = 1000;

type World = Pick<Context, "store" | "clock" | "recorder" | "metrics">;

export const management = {
  async PostToConnection(input, context) {
    await post(context, require(context, input.ConnectionId), input.Data ?? new Uint8Array(0));
    return {};
  },

  async GetConnection(input, context) {
    const { connectedMs, lastActiveMs, sourceIp, userAgent } = require(context, input.ConnectionId);
    return {
      ConnectedAt: new Date(connectedMs),
      Identity: { SourceIp: sourceIp, UserAgent: userAgent },
      LastActiveAt: new Date(lastActiveMs),
    };
  },

  async DeleteConnection(input, context) {
    end(require(context, input.ConnectionId));
    return {};
  },
} satisfies Handlers<typeof sdk>;

const gone = () => fault("GoneException", "");

function require({ store }: World, id: string | undefined): Connection & Pick<Required<Connection>, "link"> {
  const connection = findConnection(store, id ?? "");
  if (!connection?.link) throw gone();
  return connection as Connection & Pick<Required<Connection>, "link">;
}

async function post(world: World, connection: ReturnType<typeof require>, data: Uint8Array): Promise<void> {
  if (data.length > MOST_BYTES) {
    throw fault("PayloadTooLargeException", "Message too long", { Message: "Message too long" });
  }
  if (!passes(world, [[`account ${connection.account} ${connection.region}`, ACCOUNT_RATE]])) {
    throw fault("LimitExceededException", "");
  }
  connection.lastActiveMs = Math.floor(world.clock.now());
  if (!(await connection.link.send(textOf(data)))) throw gone();
  noteSent(world, connection, data.length);
}

/** Messages are text; what is none goes as the bytes that it is. */
function textOf(data: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return data;
  }
}

function end({ link }: ReturnType<typeof require>): void {
  link.close(CLOSED_NORMALLY, "Connection Closed Normally");
}

const PATH = /^\/@connections\/([^/]+)\/?$/;

/** The same over an API's own address: `/{stage}/@connections/{id}`. undefined: it is no such request. */
export async function manageOverHttp(
  request: HttpRequest,
  place: Place,
  world: Background,
): Promise<HttpResponse | undefined> {
  const staged = await findStage(world.store, place);
  const id = staged && PATH.exec(staged.path)?.[1];
  if (!id) return undefined;
  const signer = await request.signer("execute-api");
  if (signer.kind === "unsigned") {
    return refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  if (signer.kind === "refused") return refused(403, signer.code, signer.message);
  try {
    const connection = require(world, decodeURIComponent(id));
    const isOwn =
      connection.apiId === staged.stage.apiId && connection.stage === staged.stage.stage.StageName;
    if (!isOwn) throw gone();
    return await manage(request, connection, world);
  } catch (error) {
    const known = error as Fault;
    const status = STATUSES[known.code];
    if (status === undefined) throw error;
    return refused(status, known.code, known.message);
  }
}

const STATUSES: Readonly<Record<string, number>> = {
  GoneException: 410,
  LimitExceededException: 429,
  PayloadTooLargeException: 413,
};

async function manage(
  request: HttpRequest,
  connection: ReturnType<typeof require>,
  world: Background,
): Promise<HttpResponse> {
  if (request.method === "POST") {
    const data = await request.body.collect(MOST_READ_BYTES);
    await post(world, connection, data);
    return { status: 200, headers: [] };
  }
  if (request.method === "DELETE") {
    end(connection);
    return { status: 204, headers: [] };
  }
  if (request.method !== "GET") return refused(403, "ForbiddenException", "Forbidden");
  const { connectedMs, lastActiveMs, sourceIp, userAgent } = connection;
  const body = {
    connectedAt: new Date(connectedMs).toISOString(),
    identity: { sourceIp, userAgent },
    lastActiveAt: new Date(lastActiveMs).toISOString(),
  };
  return { status: 200, headers: [["content-type", "application/json"]], body: JSON.stringify(body) };
}

function refused(status: number, code: string, message: string): HttpResponse {
  return {
    status,
    headers: [
      ["content-type", "application/json"],
      ["x-amzn-errortype", code],
    ],
    body: JSON.stringify({ message }),
  };
}
