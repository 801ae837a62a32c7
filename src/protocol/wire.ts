/** One HTTP request as the codecs see it, before any service is involved. */
export interface WireRequest {
  readonly method: string;
  /** Raw and still percent-encoded, without the query; a virtual host's bucket already put in front. */
  readonly path: string;
  /** Raw, without the question mark. */
  readonly query: string;
  /** Lower-case names; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Collected bytes, or a stream where the operation takes one. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
}
