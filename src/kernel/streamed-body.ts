/** A request's body that is handed on as it arrives. It can be read once. */
export interface StreamedBody extends AsyncIterable<Uint8Array> {
  /**
   * What followed the body (`x-amz-checksum-crc32c`), by lower-case name. Empty until the stream has
   * been read to its end.
   */
  readonly trailers: Readonly<Record<string, string>>;
  /** Lower-case names of the trailers that the request announces; absent when it announces none. */
  readonly trailerNames?: readonly string[];
}
