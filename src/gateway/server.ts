import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type {
  Http2SecureServer,
  Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { GatewayLimits } from "./limits.ts";

export interface ServerEvents {
  /** `connection` is the same object for all requests of one connection. */
  request(incoming: IncomingMessage, outgoing: ServerResponse, connection: object, expects: boolean): void;
  /** A client asks for a WebSocket connection; `head` is what it has sent after its request. */
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void;
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

/** The key and certificate of a server. */
export interface Tls {
  readonly key: string;
  readonly cert: string;
}

/** HTTP/1.1, HTTP/2 with prior knowledge, WebSocket connections and, given a certificate, TLS on one port. */
export async function openDoor(
  host: string,
  port: number,
  limits: GatewayLimits,
  events: ServerEvents,
  tls?: Tls,
): Promise<Door> {
  const server = createServer(http1Options(limits));
  serveHttp1(server, limits, events);
  const sessions = new Set<ServerHttp2Session>();
  const secured = new Set<Socket>();
  // Each is made when the first such client comes: most platforms never meet one.
  let http2: Http2Server | undefined;
  let webSockets: Server | undefined;
  let secure: Http2SecureServer | undefined;
  const silent = sniff(server, limits, {
    http2(socket) {
      http2 ??= openHttp2(sessions, limits, events);
      http2.emit("connection", socket);
    },
    webSocket(socket) {
      webSockets ??= openWebSockets(limits, events);
      webSockets.emit("connection", socket);
    },
    ...(tls && {
      tls(socket: Socket) {
        secure ??= openSecure(tls, sessions, limits, events);
        secured.add(socket);
        socket.on("close", () => secured.delete(socket));
        secure.emit("connection", socket);
      },
    }),
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      server.closeIdleConnections();
      webSockets?.closeIdleConnections();
      for (const socket of silent) socket.destroy();
      for (const session of sessions) session.close();
    },
    async destroy() {
      server.closeAllConnections();
      webSockets?.closeAllConnections();
      for (const socket of secured) socket.destroy();
      for (const session of sessions) session.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}

function http1Options(limits: GatewayLimits): ServerOptions {
  return {
    joinDuplicateHeaders: true,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    // A body may take as long as it keeps coming: see the stalled event.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.max(20, Math.min(5_000, limits.headersTimeoutMs / 4)),
  };
}

/**
 * For connections that begin by asking for a WebSocket. A server of their own, because one that listens for
 * upgrades takes all of them, and other clients offer HTTP/2 with each of their requests.
 */
function openWebSockets(limits: GatewayLimits, events: ServerEvents): Server {
  const server = createServer(http1Options(limits));
  serveHttp1(server, limits, events);
  server.on("upgrade", (incoming, socket, head) => events.upgrade(incoming, socket, head));
  return server;
}

function serveHttp1(server: Server, limits: GatewayLimits, events: ServerEvents): void {
  server.on("request", (incoming, outgoing) => events.request(incoming, outgoing, incoming.socket, false));
  server.on("checkContinue", (incoming, outgoing) =>
    events.request(incoming, outgoing, incoming.socket, true),
  );
  server.timeout = limits.stallTimeoutMs;
  server.on("timeout", (socket) => stalled(socket, limits, events));
  server.on("clientError", refuseBroken);
}

function stalled(socket: Socket, limits: GatewayLimits, events: ServerEvents): void {
  events.stalled(socket, () => socket.destroy());
  // It tells once. Who was not to blame now may be later, without a byte in between.
  if (!socket.destroyed) socket.setTimeout(limits.stallTimeoutMs);
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

const HTTP2_OPTIONS = { maxHeaderListPairs: 512, settings: { maxConcurrentStreams: 1_000 } };

function openHttp2(
  sessions: Set<ServerHttp2Session>,
  limits: GatewayLimits,
  events: ServerEvents,
): Http2Server {
  const http2 = process.getBuiltinModule("node:http2").createServer(HTTP2_OPTIONS);
  serveHttp2(http2, sessions, limits, events);
  return http2;
}

/** HTTP/2 and HTTP/1.1 behind TLS, as the client chooses. */
function openSecure(
  tls: Tls,
  sessions: Set<ServerHttp2Session>,
  limits: GatewayLimits,
  events: ServerEvents,
): Http2SecureServer {
  const secure = process
    .getBuiltinModule("node:http2")
    .createSecureServer({ ...HTTP2_OPTIONS, ...http1Options(limits), ...tls, allowHTTP1: true });
  secure.setTimeout(limits.stallTimeoutMs);
  secure.on("timeout", (socket: Socket) => stalled(socket, limits, events));
  serveHttp2(secure, sessions, limits, events);
  secure.on("upgrade", (incoming, socket, head) => events.upgrade(incoming, socket, head));
  secure.on("clientError", refuseBroken);
  // A client that does not trust the certificate says so and goes.
  secure.on("tlsClientError", (_error, socket) => socket.destroy());
  return secure;
}

function serveHttp2(
  http2: Http2Server | Http2SecureServer,
  sessions: Set<ServerHttp2Session>,
  limits: GatewayLimits,
  events: ServerEvents,
): void {
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
      incoming.stream?.session ?? incoming.socket,
      expects,
    );
  http2.on("request", take(false));
  http2.on("checkContinue", take(true));
}

/**
 * Looks at a connection's first bytes and hands it, with these bytes put back, to the server that
 * speaks its protocol. HTTP/1's server owns the port: its timeouts and its closing work as documented.
 */
function sniff(server: Server, limits: GatewayLimits, others: Others): ReadonlySet<Socket> {
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
      // What reads the socket by itself finds what was put back; resuming would lose it.
      if (chunk[0] === TLS_HANDSHAKE && others.tls) return others.tls(socket);
      if (isHttp2(chunk)) return others.http2(socket);
      if (asksForWebSocket(chunk)) {
        others.webSocket(socket);
        socket.resume();
        return;
      }
      for (const serve of serve1) serve.call(server, socket);
      socket.resume();
    });
  });
  return silent;
}

/** Who serves connections that are not plain HTTP/1.1. */
interface Others {
  http2(socket: Socket): void;
  webSocket(socket: Socket): void;
  tls?(socket: Socket): void;
}

/** The first byte of every TLS connection. https://datatracker.ietf.org/doc/html/rfc8446#section-5.1 */
const TLS_HANDSHAKE = 0x16;

/** A client opens a connection for it, and its request is short enough to come in one piece. */
function asksForWebSocket(chunk: Buffer): boolean {
  if (chunk[0] !== LETTER_G) return false;
  return /\r\nupgrade:[ \t]*websocket[ \t]*\r\n/i.test(chunk.toString("latin1"));
}

const LETTER_G = 0x47;

/** No HTTP/1 method begins as the preface does, so that a part of it is enough. */
function isHttp2(chunk: Buffer): boolean {
  const length = Math.min(chunk.length, PREFACE.length);
  return chunk.toString("latin1", 0, length) === PREFACE.slice(0, length) && length > 2;
}
