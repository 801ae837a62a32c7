/** A request for one of the platform's own pages, below `/_nuage/`. The gateway takes the HTTP off it. */
export interface AdminRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  /** What the client says that it takes. */
  readonly accept?: string | undefined;
  readonly signal: AbortSignal;
}

export type AdminResponse =
  | { readonly status: number; readonly json: unknown }
  /** A file to download. */
  | { readonly status: number; readonly bytes: AsyncIterable<Uint8Array>; readonly contentType: string }
  /** One JSON document a line, sent as they come, until the client goes away. */
  | { readonly status: number; readonly lines: AsyncIterable<unknown> };
