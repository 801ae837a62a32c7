import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, wallClockMs } from "../kernel/realtime.ts";
import type { Frame } from "./frames.ts";
import { isOfGroup } from "./peers.ts";
import {
  accept,
  errorOf,
  LARGEST_ANSWER_BYTES,
  notFound,
  only,
  type Refusal,
  readBody,
  refuse,
  STRANGER,
  TOO_LARGE,
  WRONG_ID,
  WRONG_MODE,
  wrongOrder,
} from "./runtime-requests.ts";

const PATH =
  /^\/2018-06-01\/runtime\/(?:(invocation\/next)|(init\/error)|invocation\/([^/]+)\/(response|error))$/;
/** How much of a streamed answer may be under way before its reader has taken some. */
const ROOM_BYTES = 256 * 1024;
/** What a streamed answer may come to. */
const LARGEST_STREAM_BYTES = 200 * 1024 * 1024;
/** The cause of an error for X-Ray comes in a header. */
const LARGEST_HEADERS_BYTES = 1024 * 1024 + 16 * 1024;
/** How long a runtime that could not initialise may take to end by itself. */
const FAREWELL_MS = 100;

type State =
  | "Started"
  | "InitError"
  | "Ready"
  | "Running"
  | "InvocationResponse"
  | "InvocationErrorResponse"
  | "RuntimeResponseSentState";

/** What an invocation is told with: see Environment. */
interface InvokeHead {
  readonly type: string;
  readonly id: string;
  readonly arn: string;
  readonly remainingMs: number;
  readonly trace: string;
  readonly clientContext?: string;
}

/** The process that asks, and who hears of what it says. */
export interface ApiProcess {
  /** Its group too. */
  readonly pid: number;
  frame(frame: Frame): void;
  kill(): void;
}

/** Who is served at the same address: extensions. */
export interface Guests {
  /** Their processes' groups. */
  readonly pids: readonly number[];
  /** Answers a request that is theirs; false where it is not. */
  serve(path: string, request: IncomingMessage, response: ServerResponse): boolean;
  /** Calls `then` when nobody of theirs can ask any more. */
  whenGone(then: () => void): void;
}

/**
 * Lambda's Runtime API over HTTP, for one process: what is said there and what the platform's frames say are
 * made into each other, so that whoever runs the process sees no difference. A runtime knows its API by host
 * and port alone, so every process has a port of its own on the loopback address. States and wording are
 * those of AWS's emulator. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export class RuntimeApi {
  readonly address: string;
  readonly #server: Server;
  readonly #guests: Guests;
  readonly #sockets = new Set<Socket>();
  #process: ApiProcess | undefined;
  #state: State = "Started";
  /** The invocation that was handed over, or will be when it is asked for. */
  #event: { readonly head: InvokeHead; readonly body: Buffer; readonly deadlineMs: number } | undefined;
  #asking: ServerResponse | undefined;
  /** Kept until the runtime asks for the next invocation: before it has, it is not done with this one. */
  #answer: Frame | undefined;
  /** The answer broke off: by its writer's end, unless the writer asks for more. */
  #isCut = false;
  #streaming: { readonly request: IncomingMessage; roomBytes: number } | undefined;
  #drained: (() => void) | undefined;

  private constructor(server: Server, guests: Guests) {
    this.#server = server;
    this.#guests = guests;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) this.#drained?.();
      });
    });
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      response.sendDate = false;
      void this.#serve(request, response);
    });
  }

  /** Listens. A connection may rest for as long as its environment does. */
  static async open(guests: Guests): Promise<RuntimeApi> {
    const server = createServer({
      keepAliveTimeout: 0,
      headersTimeout: 0,
      requestTimeout: 0,
      maxHeaderSize: LARGEST_HEADERS_BYTES,
    });
    server.listen({ host: "127.0.0.1", port: 0 });
    await once(server, "listening");
    return new RuntimeApi(server, guests);
  }

  attach(process: ApiProcess): void {
    this.#process = process;
  }

  /** Somebody has asked for invocations here: they come this way then. */
  get isAsked(): boolean {
    return this.#state !== "Started";
  }

  /** A frame of the platform's for the process. */
  send(head: object, body: Uint8Array = Buffer.alloc(0)): void {
    const { type, bytes } = head as { readonly type: string; readonly bytes: number };
    if (type === "invoke") {
      const invoke = head as InvokeHead;
      const deadlineMs = Math.round(wallClockMs() + invoke.remainingMs);
      this.#event = {
        head: invoke,
        body: Buffer.from(body.buffer, body.byteOffset, body.length),
        deadlineMs,
      };
      this.#hand();
    } else if (type === "more") this.#grant(bytes);
  }

  /** Calls `done` once no more can come of a process that has ended. */
  drain(done: () => void): void {
    if (this.#sockets.size === 0) done();
    else this.#drained = done;
  }

  /** The process has ended. What it had answered is told, although it never asked for more. */
  close(): void {
    if (!this.#isCut) this.#tellAnswer();
    this.#guests.whenGone(() => {
      this.#server.close();
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isOwn(request.socket)) {
      refuse(response, STRANGER);
      request.resume();
      return;
    }
    const path = (request.url ?? "").replace(/\?.*/s, "");
    if (this.#guests.serve(path, request, response)) return;
    const [, next, init, id, kind] = PATH.exec(path) ?? [];
    if (next && request.method === "GET") return this.#next(response);
    if (request.method !== "POST" || (!init && !id)) return notFound(response);
    // AWS checks the id first: a state that was left cannot be gone back to.
    const refused = id !== undefined && id !== this.#event?.head.id ? WRONG_ID : undefined;
    if (refused) return this.#refuse(request, response, refused);
    if (init) return this.#failInit(request, response);
    if (kind === "error") return this.#fail(request, response);
    return this.#respond(request, response);
  }

  /** Asked once for each connection. */
  #isOwn(socket: Socket & { isOwn?: boolean }): boolean {
    const groups = [...(this.#process ? [this.#process.pid] : []), ...this.#guests.pids];
    socket.isOwn ??= groups.some((group) => isOfGroup(socket, group));
    return socket.isOwn;
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    request.resume();
    request.once("end", () => refuse(response, refusal));
  }

  #next(response: ServerResponse): void {
    const before = this.#state;
    if (before === "InitError" || before === "InvocationResponse" || before === "InvocationErrorResponse") {
      refuse(response, wrongOrder(before, "Ready"));
      return;
    }
    this.#asking = response;
    response.once("close", () => {
      if (this.#asking === response) this.#asking = undefined;
    });
    // Who asks again without an answer is given the same event again.
    if (before !== "Running") this.#state = "Ready";
    if (before === "Started") this.#emit({ type: "initialised" });
    this.#tellAnswer();
    this.#hand();
  }

  /** Answers who asks with the invocation that is there. */
  #hand(): void {
    const { state, event, asking } = { state: this.#state, event: this.#event, asking: this.#asking };
    if (!event || !asking || (state !== "Ready" && state !== "Running")) return;
    this.#asking = undefined;
    this.#state = "Running";
    const { head, body, deadlineMs } = event;
    const { clientContext } = head;
    asking.writeHead(200, {
      "content-type": "application/json",
      "content-length": body.length,
      "lambda-runtime-aws-request-id": head.id,
      "lambda-runtime-trace-id": head.trace,
      "lambda-runtime-invoked-function-arn": head.arn,
      "lambda-runtime-deadline-ms": deadlineMs,
      ...(clientContext === undefined ? {} : { "lambda-runtime-client-context": headerOf(clientContext) }),
    });
    asking.end(body);
  }

  async #failInit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#state !== "Started")
      return this.#refuse(request, response, wrongOrder(this.#state, "InitError"));
    this.#state = "InitError";
    const body = await readBody(request);
    if (body === "large") refuse(response, TOO_LARGE);
    const { document, errorType } = errorOf(request, typeof body === "string" ? Buffer.alloc(0) : body);
    this.#emit({ type: "failed", errorType }, document);
    if (!response.headersSent) accept(response);
    after(FAREWELL_MS, () => this.#process?.kill());
  }

  async #fail(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = this.#begin("InvocationErrorResponse", request, response);
    if (id === undefined) return;
    const body = await readBody(request);
    if (typeof body === "string") return this.#spoiled(id, body, response);
    const { document, errorType } = errorOf(request, body);
    this.#answered({ type: "answer", id, errorType }, document);
    accept(response);
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = this.#begin("InvocationResponse", request, response);
    if (id === undefined) return;
    const mode = only(request.headers, "lambda-runtime-function-response-mode");
    if (mode === "streaming") return this.#stream(id, request, response);
    const body = await readBody(request);
    if (mode !== undefined && mode !== "") {
      this.#answered(...errorAnswer(id, "Runtime.InvalidResponseModeHeader", WRONG_MODE.errorMessage));
      return refuse(response, WRONG_MODE);
    }
    if (typeof body === "string") return this.#spoiled(id, body, response);
    this.#answered({ type: "answer", id }, body);
    accept(response);
  }

  /** The id of the invocation that is being answered, or undefined where there is none that waits for it. */
  #begin(to: State, request: IncomingMessage, response: ServerResponse): string | undefined {
    if (this.#state !== "Running" || !this.#event) {
      this.#refuse(request, response, wrongOrder(this.#state, to));
      return undefined;
    }
    this.#state = to;
    return this.#event.head.id;
  }

  /** An answer that is none: the caller is told why. */
  #spoiled(id: string, how: "large" | "cut", response: ServerResponse): void {
    const [errorType, errorMessage] =
      how === "large"
        ? ["Function.ResponseSizeTooLarge", tooLarge(LARGEST_ANSWER_BYTES)]
        : ["Runtime.TruncatedResponse", "The runtime's answer broke off before its end."];
    this.#isCut = how === "cut";
    this.#answered(...errorAnswer(id, errorType, errorMessage));
    if (how === "large") refuse(response, TOO_LARGE);
  }

  /** Hands an answer on as it comes, and holds its writer back while nobody takes it. */
  #stream(id: string, request: IncomingMessage, response: ServerResponse): void {
    const contentType = request.headers["content-type"] ?? "application/octet-stream";
    this.#emit({ type: "begin", id, contentType });
    const streaming = { request, roomBytes: ROOM_BYTES };
    this.#streaming = streaming;
    let sizeBytes = 0;
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > LARGEST_STREAM_BYTES) return;
      streaming.roomBytes -= chunk.length;
      if (streaming.roomBytes <= 0) request.pause();
      this.#emit({ type: "chunk", id }, chunk);
    });
    request.once("end", () => {
      if (sizeBytes > LARGEST_STREAM_BYTES) {
        const message = tooLarge(LARGEST_STREAM_BYTES);
        this.#answered(...errorAnswer(id, "Function.ResponseSizeTooLarge", message));
        return refuse(response, TOO_LARGE);
      }
      const errorType = only(request.trailers, "lambda-runtime-function-error-type");
      const document = Buffer.from(
        only(request.trailers, "lambda-runtime-function-error-body") ?? "",
        "base64",
      );
      if (errorType === undefined) this.#answered({ type: "answer", id });
      else this.#answered({ type: "answer", id, errorType }, document);
      accept(response);
    });
    request.once("close", () => {
      if (!request.complete) this.#spoiled(id, "cut", response);
    });
  }

  #grant(bytes: number): void {
    if (!this.#streaming) return;
    this.#streaming.roomBytes += bytes;
    if (this.#streaming.roomBytes > 0) this.#streaming.request.resume();
  }

  #answered(head: Frame["head"], body: Buffer = Buffer.alloc(0)): void {
    this.#state = "RuntimeResponseSentState";
    this.#streaming = undefined;
    this.#answer = { head, body };
  }

  #tellAnswer(): void {
    const answer = this.#answer;
    if (!answer) return;
    this.#answer = undefined;
    this.#event = undefined;
    this.#isCut = false;
    this.#process?.frame(answer);
  }

  #emit(head: Frame["head"], body: Buffer = Buffer.alloc(0)): void {
    this.#process?.frame({ head, body });
  }
}

/** JSON on one line, as the bytes that it is: a header's characters are bytes. */
const headerOf = (json: string): string =>
  Buffer.from(json.replace(CONTROLS, " "), "utf8").toString("latin1");
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
const CONTROLS = /[\x00-\x1f\x7f]/g;

const tooLarge = (bytes: number): string =>
  `Response payload size exceeded maximum allowed payload size (${bytes} bytes).`;

function errorAnswer(id: string, errorType: string, errorMessage: string): [Frame["head"], Buffer] {
  const document = Buffer.from(JSON.stringify({ errorType, errorMessage }));
  return [{ type: "answer", id, errorType }, document];
}
