import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Fault } from "../kernel/faults.ts";
import type { HttpSeen } from "../kernel/http.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Trace } from "../kernel/trace.ts";
import type { OperationModel, Protocol } from "../protocol/protocol.ts";
import type { WireRequest } from "../protocol/wire.ts";
import type { RequestBody } from "./body.ts";
import type { Core } from "./core.ts";
import type { Host } from "./hosts.ts";
import type { GatewayService, GatewaySite, Handler, Identity, OpenService } from "./options.ts";
import type { Family, Refusal } from "./refusals.ts";
import type { Signature } from "./signature-types.ts";

/** One request and its answer on their way through the steps. Each step fills in what it finds out. */
export class Exchange {
  readonly core: Core;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Epoch milliseconds of the platform's clock. */
  readonly startMs: number;
  /** Of the clock that nobody turns: what the duration is measured on. */
  readonly startedAt: number;
  #endTracking: () => void;
  /** Its handler waits for something to happen: a long poll. */
  #resting = false;

  // receive
  readonly method: string;
  /** As sent: still percent-encoded, without the query. */
  path = "";
  /** As sent, without the question mark. */
  query = "";
  readonly headers: Readonly<Record<string, string | undefined>>;
  host: Host;
  readonly body: RequestBody;
  /** The user's own address that it is for: then it is no operation of a service. */
  site: GatewaySite | undefined;
  /** Headers that let a web page's script read the answer. */
  corsHeaders: Readonly<Record<string, string>> | undefined;

  // identify
  /** A malformed one is refused when it comes to authentication. */
  signature: Signature | Refusal | undefined;
  /** What the signature, the target or the path calls the service, whether the platform has it or not. */
  serviceName = "";
  service: GatewayService | undefined;
  opened: OpenService | undefined;
  protocol: Protocol | undefined;
  family: Family = "json";
  wire: MutableWireRequest | undefined;
  /** As the request says it, whether the service has it or not. */
  operationName: string | undefined;
  operation: OperationModel | undefined;
  handler: Handler | undefined;
  scope: Scope;
  identity: Identity | undefined;
  requestId = "";

  // authenticate
  /** Signs the chunks of the body, where signatures are verified. */
  signingKey: Buffer | undefined;

  // trace
  trace: Trace | undefined;
  spanId = "";
  /** The handler asked for the trace: what it started may link to this call. */
  traced = false;
  /** What the handler would have the span say. */
  noted: Record<string, number> | undefined;

  // throttle
  admitted = false;

  // decode, invoke, encode
  input: Record<string, unknown> | undefined;
  invoked = false;
  output: Record<string, unknown> | undefined;
  fault: Fault | undefined;
  response: GatewayResponse | undefined;
  /** What the site says of it. */
  seen: HttpSeen | undefined;

  /** The client went away before it had the whole answer. */
  gone = false;
  /** The answer waits for the client to read. */
  blocked = false;
  #abort: AbortController | undefined;

  constructor(core: Core, incoming: IncomingMessage, outgoing: ServerResponse, body: RequestBody) {
    this.core = core;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.body = body;
    this.startMs = core.options.clock.now();
    this.startedAt = core.options.clock.monotonic();
    this.#endTracking = core.options.lifecycle.begin();
    this.method = incoming.method ?? "GET";
    this.headers = incoming.headers as Record<string, string | undefined>;
    this.host = core.readHost(this.headers.host ?? this.headers[":authority"] ?? "");
    this.scope = core.options.defaults;
  }

  /** Made when a handler asks for it: most never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.gone) this.#abort.abort();
    return this.#abort.signal;
  }

  /** It came over TLS. */
  get secure(): boolean {
    return (this.incoming.socket as Partial<TLSSocket>).encrypted === true;
  }

  endTracking(): void {
    this.#endTracking();
  }

  /** While it rests it is not counted as work. */
  rest(): () => void {
    this.#resting = true;
    this.#endTracking();
    if (this.core.closing) this.interrupt();
    return () => {
      this.#resting = false;
      this.#endTracking = this.core.options.lifecycle.begin();
    };
  }

  /** The platform is closing: what rests gives the answer it has. */
  interrupt(): void {
    if (this.#resting) this.#abort?.abort();
  }

  /** The client is gone, or the platform is closing: whatever still works for it may stop. */
  abandon(): void {
    if (this.gone) return;
    this.gone = true;
    this.#abort?.abort();
  }
}

export interface GatewayResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
}

export type MutableWireRequest = { -readonly [Name in keyof WireRequest]: WireRequest[Name] };
