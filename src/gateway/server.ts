import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Http2Server, Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { GatewayLimits } from "./limits.ts";

export interface ServerEvents {
  /** `connection` is the same object for all requests of one connection. */
  request(incoming: IncomingMessage, outgoing: ServerResponse, connection: object, expects: boolean): void;
  /** Nothing has gone over the connection for the time that a client may stall. */
  stalled(connection: object, cut: () => void): void;
}

/** One address that is listened on. */
export interface Door {
  readonly port: number;
  /** Takes no more connections and closes those that are idle. */
  stop(): void;
  /** Cuts off whatever is left. */
  destroy(): Promise<void>;
}

/** How every HTTP/2 connection begins. */
const PREFACE = "PRI * HTTP/2.0";

/** HTTP/1.1, and HTTP/2 with prior knowledge, on one plain port. */
export async function openDoor(
  host: string,
  port: number,
  limits: GatewayLimits,
  events: ServerEvents,
): Promise<Door> {
  const server = createServer({
    joinDuplicateHeaders: true,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    // A body may take as long as it keeps coming: see the stalled event.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.max(20, Math.min(5_000, limits.headersTimeoutMs / 4)),
  });
  serveHttp1(server, limits, events);
  const sessions = new Set<ServerHttp2Session>();
  let http2: Http2Server | undefined;
  const silent = sniff(server, limits, (socket) => {
    http2 ??= openHttp2(sessions, limits, events);
    http2.emit("connection", socket);
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      server.closeIdleConnections();
      for (const socket of silent) socket.destroy();
      for (const session of sessions) session.close();
    },
    async destroy() {
      server.closeAllConnections();
      for (const session of sessions) session.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}

function serveHttp1(server: Server, limits: GatewayLimits, events: ServerEvents): void {
  server.on("request", (incoming, outgoing) => events.request(incoming, outgoing, incoming.socket, false));
  server.on("checkContinue", (incoming, outgoing) =>
    events.request(incoming, outgoing, incoming.socket, true),
  );
  server.timeout = limits.stallTimeoutMs;
  server.on("timeout", (socket) => {
    events.stalled(socket, () => socket.destroy());
    // It tells once. Who was not to blame now may be later, without a byte in between.
    if (!socket.destroyed) socket.setTimeout(limits.stallTimeoutMs);
  });
  server.on("clientError", refuseBroken);
}

/** Answers bytes that are no HTTP. There is no request yet whose protocol could be spoken. */
function refuseBroken(error: NodeJS.ErrnoException, stream: Duplex): void {
  const socket = stream as Socket;
  if (error.code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const status = BROKEN[error.code ?? ""] ?? "400 Bad Request";
  const body = JSON.stringify({ message: `${status.slice(4)}: the request is not well-formed HTTP.` });
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
  // The client may never close its side.
  socket.once("finish", () => socket.destroy());
}

const BROKEN: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** HTTP/2's module is loaded when the first such client comes: most platforms never meet one. */
function openHttp2(
  sessions: Set<ServerHttp2Session>,
  limits: GatewayLimits,
  events: ServerEvents,
): Http2Server {
  const http2 = process
    .getBuiltinModule("node:http2")
    .createServer({ maxHeaderListPairs: 512, settings: { maxConcurrentStreams: 1_000 } });
  http2.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
    const watch = () => {
      session.setTimeout(limits.stallTimeoutMs, () => {
        events.stalled(session, () => session.destroy());
        if (!session.destroyed) watch();
      });
    };
    watch();
  });
  // The compatible request and response behave as HTTP/1's do in all that the gateway asks of them.
  const take = (expects: boolean) => (incoming: Http2ServerRequest, outgoing: Http2ServerResponse) =>
    events.request(
      incoming as unknown as IncomingMessage,
      outgoing as unknown as ServerResponse,
      incoming.stream.session ?? incoming,
      expects,
    );
  http2.on("request", take(false));
  http2.on("checkContinue", take(true));
  return http2;
}

/**
 * Looks at a connection's first bytes and hands it, with these bytes put back, to the server that
 * speaks its protocol. HTTP/1's server owns the port: its timeouts and its closing work as documented.
 */
function sniff(server: Server, limits: GatewayLimits, serve2: (socket: Socket) => void): ReadonlySet<Socket> {
  const serve1 = server.listeners("connection") as ((this: Server, socket: Socket) => void)[];
  const silent = new Set<Socket>();
  server.removeAllListeners("connection");
  server.on("connection", (socket) => {
    silent.add(socket);
    const cut = () => socket.destroy();
    const forget = () => silent.delete(socket);
    socket.setTimeout(limits.headersTimeoutMs, cut);
    socket.on("error", cut);
    socket.on("close", forget);
    socket.on("end", cut);
    socket.once("data", (chunk: Buffer) => {
      silent.delete(socket);
      socket.pause();
      socket.setTimeout(0, cut);
      socket.off("error", cut);
      socket.off("close", forget);
      socket.off("end", cut);
      socket.off("timeout", cut);
      socket.unshift(chunk);
      if (isHttp2(chunk)) {
        // The session reads what was put back by itself; resuming would lose it.
        serve2(socket);
        return;
      }
      for (const serve of serve1) serve.call(server, socket);
      socket.resume();
    });
  });
  return silent;
}

/** No HTTP/1 method begins as the preface does, so that a part of it is enough. */
function isHttp2(chunk: Buffer): boolean {
  const length = Math.min(chunk.length, PREFACE.length);
  return chunk.toString("latin1", 0, length) === PREFACE.slice(0, length) && length > 2;
}
