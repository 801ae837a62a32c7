import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import type { WebSocketEvents, WebSocketLink, WebSocketOffer, WebSocketOptions } from "../kernel/http.ts";
import { after } from "../kernel/realtime.ts";
import { RequestBody } from "./body.ts";
import type { Core } from "./core.ts";
import { Exchange } from "./exchange.ts";
import { FrameGauge } from "./frame-gauge.ts";
import { identify } from "./identify.ts";
import { receive } from "./receive.ts";
import { record } from "./record.ts";
import { send, toFault } from "./send.ts";
import { gatewayResponse, requestOf, siteFailure } from "./sites.ts";
import { trace } from "./steps.ts";

/** "The server is going away": https://datatracker.ietf.org/doc/html/rfc6455#section-7.4.1 */
const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;
const BROKEN_OFF = 1006;
const NOT_TEXT = 1007;
const TOO_LARGE = 1009;
/** How long a client may take to answer that the connection closes. */
const CLOSING_MS = 2_000;

/** The open WebSocket connections of a gateway. */
export class Links {
  readonly #open = new Set<WebSocket>();

  add(socket: WebSocket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
  }

  /** The platform stops: clients are told. */
  close(): void {
    for (const socket of this.#open) shut(socket, GOING_AWAY, "");
  }
}

/** Takes a request for a WebSocket connection to the site it is for, which accepts or refuses it. */
export async function upgrade(
  core: Core,
  links: Links,
  incoming: IncomingMessage,
  duplex: Duplex,
  head: Buffer,
): Promise<void> {
  const socket = duplex as Socket;
  socket.on("error", () => socket.destroy());
  // A connection says nothing for as long as nobody has anything to say.
  socket.setTimeout(0);
  const outgoing = new ServerResponse(incoming);
  outgoing.assignSocket(socket);
  outgoing.on("finish", () => socket.end());
  const x = new Exchange(core, incoming, outgoing, new RequestBody(incoming, outgoing, core.gate, false));
  socket.once("close", () => x.abandon());
  try {
    await prepare(x);
    if (x.site?.connect) await x.site.connect(offerOf(x, links, head));
    else refuseUpgrade(x);
  } catch (error) {
    x.response ??= siteFailure(toFault(x, error));
  } finally {
    x.endTracking();
  }
  record(x);
  if (x.response && outgoing.socket) await send(x);
}

/** What the steps find out of a request's head. */
async function prepare(x: Exchange): Promise<void> {
  await receive(x);
  if (!x.site) return;
  await identify(x);
  trace(x);
}

function refuseUpgrade(x: Exchange): void {
  x.response = {
    status: x.site ? 403 : 400,
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ message: x.site ? "Forbidden" : "There are no WebSocket connections here." }),
  };
}

function offerOf(x: Exchange, links: Links, head: Buffer): WebSocketOffer {
  const asked = x.headers["sec-websocket-protocol"];
  return {
    request: requestOf(x),
    protocols: asked === undefined ? [] : asked.split(",").map((protocol) => protocol.trim()),
    accept: (options) => accept(x, links, head, options),
    refuse(response) {
      x.seen = response.seen;
      x.response = gatewayResponse(response);
      x.response.headers.connection = "close";
    },
  };
}

const shakers = new Map<number, Promise<WebSocketServer>>();

/** The library is loaded when the first connection is accepted. One shakes hands for all of a size. */
function handshakes(maxPayload: number): Promise<WebSocketServer> {
  const known = shakers.get(maxPayload);
  if (known) return known;
  const options = { noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload };
  const made = import("ws").then(({ WebSocketServer }) => new WebSocketServer(options));
  shakers.set(maxPayload, made);
  return made;
}

async function accept(
  x: Exchange,
  links: Links,
  head: Buffer,
  { protocol, headers = [], maxPayloadBytes, maxFrameBytes, events }: WebSocketOptions,
): Promise<WebSocketLink> {
  const server = await handshakes(maxPayloadBytes);
  const { socket } = x.outgoing;
  if (!socket || socket.destroyed) return broken(events);
  x.outgoing.detachSocket(socket);
  // The library takes the first that the client asks for: which it is, is the site's to choose.
  if (protocol === undefined) delete x.incoming.headers["sec-websocket-protocol"];
  else x.incoming.headers["sec-websocket-protocol"] = protocol;
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const addHeaders = (all: string[]) => all.push(...lines);
  return new Promise((resolve) => {
    // A malformed handshake is answered by the library, and the connection ended.
    const failed = () => resolve(broken(events));
    socket.once("close", failed);
    server.once("headers", addHeaders);
    server.handleUpgrade(x.incoming, socket, head, (webSocket) => {
      socket.off("close", failed);
      links.add(webSocket);
      let broke: number | undefined;
      const gauge = new FrameGauge();
      // Before the library takes the frames apart.
      socket.prependListener("data", (chunk: Buffer) => {
        if (gauge.longest(chunk) <= maxFrameBytes || broke !== undefined) return;
        broke = TOO_LARGE;
        shut(webSocket, TOO_LARGE, "");
      });
      webSocket.on("message", (data, isBinary) => {
        if (broke === undefined) events.message(data as Buffer, isBinary);
      });
      webSocket.on("ping", () => events.ping());
      webSocket.on("error", (error: NodeJS.ErrnoException) => {
        broke = codeOf(error);
      });
      webSocket.on("close", (code, reason) => events.closed(broke ?? code, reason.toString()));
      resolve(linkOf(webSocket));
    });
    server.off("headers", addHeaders);
  });
}

/** What the client was told when it broke the protocol: of what it says then nothing is read. */
function codeOf({ code }: NodeJS.ErrnoException): number | undefined {
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return TOO_LARGE;
  if (code === "WS_ERR_INVALID_UTF8") return NOT_TEXT;
  return code?.startsWith("WS_ERR") ? PROTOCOL_ERROR : undefined;
}

function broken(events: WebSocketEvents): WebSocketLink {
  events.closed(BROKEN_OFF, "");
  return { send: async () => false, close: () => {} };
}

function linkOf(socket: WebSocket): WebSocketLink {
  return {
    send: (data) =>
      new Promise((resolve) => {
        socket.send(data, { binary: typeof data !== "string" }, (error) => resolve(!error));
      }),
    close: (code, reason) => shut(socket, code, reason),
  };
}

function shut(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  const cut = after(CLOSING_MS, () => socket.terminate());
  socket.once("close", () => cut.cancel());
}
