// HTTP as a user's own address sees it: a function's URL, an API. The gateway takes the connection off it.
import type { Trace } from "./trace.ts";

/** Names as sent, in the order they came; a name may come more than once. */
export type HttpHeaders = readonly (readonly [name: string, value: string])[];

/** Headers of one connection alone, in lower case. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
export const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A request to an address that is a user's own. */
export interface HttpRequest {
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly version: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2.0";
  /** The Host header: with the port, as sent. */
  readonly host: string;
  /** `localhost:4566`: the host without the labels that name a site. */
  readonly base: string;
  /** What stands before the label that names the kind of site: `a1b2c3` of `a1b2c3.execute-api.localhost`. */
  readonly label: string;
  /** The region in the host's labels, where there is one. */
  readonly region: string | undefined;
  /** As sent: still percent-encoded, without the query. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  readonly headers: HttpHeaders;
  readonly body: HttpBody;
  readonly sourceIp: string;
  /** A UUID. */
  readonly requestId: string;
  /** Epoch milliseconds of the platform's clock. */
  readonly receivedMs: number;
  /** Its `parent` is the span of this request. */
  readonly trace: Trace;
  /** The trace came with the request. */
  readonly traced: boolean;
  /** Aborted when the client goes away or the platform stops. */
  readonly signal: AbortSignal;
  /** Whose signature it bears, for sites that ask for one. `signingName` is the service's in the scope. */
  signer(signingName: string): Promise<HttpSigner>;
  /** It waits for something to happen, and is no work under way; call what is returned when it goes on. */
  rest(): () => void;
}

export interface HttpBody {
  /** As announced; NaN when the client does not say. */
  readonly declaredBytes: number;
  /** All of it. Rejects with a Fault of status 413 when it is more than `limitBytes`. */
  collect(limitBytes: number): Promise<Uint8Array>;
  /** The bytes as they arrive. */
  stream(): AsyncIterable<Uint8Array>;
}

/** Who signed a request, or why the signature counts for nothing: code and message are AWS's. */
export type HttpSigner =
  | { readonly kind: "unsigned" }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "signed"; readonly identity: HttpIdentity };

export interface HttpIdentity {
  readonly accessKeyId: string;
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
}

export interface HttpResponse {
  readonly status: number;
  /** A name may come more than once. Length, date and connection are the gateway's. */
  readonly headers: HttpHeaders;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  /** What the request's span says beside its status. */
  readonly seen?: HttpSeen;
}

/** What a site knows about a request that the gateway does not. */
export interface HttpSeen {
  readonly account: string;
  readonly region: string;
  /** `GET /orders/{id}` */
  readonly name: string;
  /** ARN of the API or function. */
  readonly resource: string;
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/** A client that asks for a WebSocket connection: it waits until it is accepted or refused, once. */
export interface WebSocketOffer {
  readonly request: HttpRequest;
  /** `Sec-WebSocket-Protocol`, as the client lists them. */
  readonly protocols: readonly string[];
  /**
   * Headers go with the 101; `maxPayloadBytes` bounds a message and `maxFrameBytes` each of its frames,
   * beyond which it is closed with 1009.
   */
  accept(options: WebSocketOptions): Promise<WebSocketLink>;
  refuse(response: HttpResponse): void;
}

export interface WebSocketOptions {
  readonly protocol?: string;
  readonly headers?: HttpHeaders;
  readonly maxPayloadBytes: number;
  readonly maxFrameBytes: number;
  readonly events: WebSocketEvents;
}

export interface WebSocketEvents {
  message(data: Uint8Array, isBinary: boolean): void;
  ping(): void;
  /** Once, whoever closed it. 1006: it broke off. */
  closed(code: number, reason: string): void;
}

/** An open WebSocket connection. */
export interface WebSocketLink {
  /** Resolves once the bytes were handed to the system: false when the connection is closed. */
  send(data: Uint8Array | string): Promise<boolean>;
  /** Begins the closing handshake; a client that does not answer it is cut off. */
  close(code: number, reason: string): void;
}
