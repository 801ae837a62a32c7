import type { HttpRequest, HttpResponse, WebSocketOffer } from "../../../kernel/http.ts";
import type { Background } from "../../define.ts";
import { apiHost } from "../addresses.ts";
import { answer } from "../execution/answers.ts";
import type { Execution } from "../execution/execution.ts";
import { passes } from "../execution/throttle.ts";
import { ANSWERS, type Answer } from "../faults.ts";
import { type CompiledStage, findStage } from "../http/compiled.ts";
import { newRequestId } from "../ids.ts";
import type { Place } from "../places.ts";
import { resourceArn } from "../tags.ts";
import { authorizeConnect } from "./authorize.ts";
import { addConnection, type Connection } from "./connections.ts";
import type { Happening } from "./event.ts";
import { routeOf, runRoute } from "./happenings.ts";
import { holdConnection } from "./life.ts";
import { manageOverHttp } from "./management.ts";

/** New connections of an account in a Region. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const CONNECT_RATE = { perSecond: 500, burst: 500 };
/** What a message may weigh, and a frame of it; a longer one ends the connection. */
const MOST_MESSAGE_BYTES = 128 * 1024;
const MOST_FRAME_BYTES = 32 * 1024;

/** Answers for WebSocket APIs: connections, and the API by which backends reach them. */
export const execution: Execution = { serve, connect };

async function serve(request: HttpRequest, place: Place, world: Background): Promise<HttpResponse> {
  const managed = await manageOverHttp(request, place, world);
  return managed ?? answer(ANSWERS.forbidden);
}

async function connect(offer: WebSocketOffer, place: Place, world: Background): Promise<void> {
  const { request } = offer;
  const staged = await findStage(world.store, place);
  const isHidden = staged?.stage.api.DisableExecuteApiEndpoint && !place.mapping;
  if (!staged || isHidden) return offer.refuse(answer(ANSWERS.forbidden));
  const { stage } = staged;
  const opening = new Opening(offer, world, stage, place.mapping !== undefined || request.label !== "");
  if (!passes(world, [[`connects ${stage.account} ${stage.region}`, CONNECT_RATE]])) {
    return opening.refuse(ANSWERS.tooMany);
  }
  await opening.run();
}

/** What became known of a client that may connect. */
interface Granted {
  readonly authorizer?: Connection["authorizer"];
  readonly signer?: Connection["signer"];
}

/** One client on its way to a connection. */
class Opening {
  readonly #offer: WebSocketOffer;
  readonly #world: Background;
  readonly #stage: CompiledStage;
  readonly #requestId: string;
  readonly #connectionId: string;
  readonly #domainName: string;

  constructor(offer: WebSocketOffer, world: Background, stage: CompiledStage, isOwnHost: boolean) {
    this.#offer = offer;
    this.#world = world;
    this.#stage = stage;
    this.#requestId = newRequestId(world.ids);
    this.#connectionId = newRequestId(world.ids);
    const { host, base } = offer.request;
    this.#domainName = isOwnHost ? host : apiHost(stage, base);
  }

  async run(): Promise<void> {
    const route = routeOf({ stage: this.#stage }, "$connect");
    if (!route) return this.#accept(this.#connection({}), undefined);
    const access = await authorizeConnect(this.#world, this.#happening({}), route);
    if (access.kind === "refused") return this.refuse(access.answer);
    const happening = this.#happening(access);
    const outcome = await runRoute(this.#world, happening, route, this.#offer.request.trace);
    if (outcome.kind === "throttled") return this.refuse(ANSWERS.tooMany);
    if (outcome.kind === "invalid") return this.refuse({ ...ANSWERS.badRequest, message: outcome.error });
    if (outcome.kind === "failed") return this.refuse(ANSWERS.badGateway, outcome.error);
    const { status = 200, headers = {}, body = "" } = outcome.answer ?? {};
    if (status < 200 || status > 299) return this.#refuseWith(status, body);
    return this.#accept(happening.connection, headers["sec-websocket-protocol"]);
  }

  /** What the client hears names the connection that did not come about. */
  refuse({ status, message }: Answer, error?: string): void {
    const said = { message, connectionId: this.#connectionId, requestId: this.#requestId };
    this.#refuseWith(status, JSON.stringify(said), error ?? message);
  }

  #refuseWith(status: number, body: string, error?: string): void {
    this.#offer.refuse({
      status,
      headers: [
        ["content-type", "application/json"],
        ["x-amzn-requestid", this.#requestId],
      ],
      body,
      seen: {
        ...this.#seen(),
        ...(error === undefined ? {} : { errorType: String(status), errorMessage: error }),
      },
    });
  }

  #seen() {
    const { account, region, apiId, stage } = this.#stage;
    return {
      account,
      region,
      name: "$connect",
      resource: resourceArn(this.#stage, `/apis/${apiId}`),
      attributes: { stage: stage.StageName, connectionId: this.#connectionId },
    };
  }

  #connection({ authorizer, signer }: Granted): Connection {
    const { request } = this.#offer;
    const nowMs = Math.floor(this.#world.clock.now());
    const agent = request.headers.find(([name]) => name.toLowerCase() === "user-agent");
    return {
      account: this.#stage.account,
      region: this.#stage.region,
      id: this.#connectionId,
      apiId: this.#stage.apiId,
      stage: this.#stage.stage.StageName,
      connectedMs: nowMs,
      lastActiveMs: nowMs,
      sourceIp: request.sourceIp,
      userAgent: agent?.[1] ?? "",
      domainName: this.#domainName,
      authorizer,
      signer,
    };
  }

  #happening(granted: Granted): Happening {
    const { request } = this.#offer;
    return {
      type: "CONNECT",
      routeKey: "$connect",
      connection: this.#connection(granted),
      stage: this.#stage,
      requestId: this.#requestId,
      atMs: request.receivedMs,
      request,
    };
  }

  async #accept(connection: Connection, protocol: string | undefined): Promise<void> {
    const world = this.#world;
    addConnection(world.store, connection);
    const held = holdConnection(world, connection, this.#stage.stage.StageName);
    connection.link = await this.#offer.accept({
      maxPayloadBytes: MOST_MESSAGE_BYTES,
      maxFrameBytes: MOST_FRAME_BYTES,
      ...(protocol === undefined ? {} : { protocol }),
      events: held,
    });
  }
}
