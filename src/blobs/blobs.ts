/** Large bytes: object data and function code. Records in the store name blobs by their id. */
export interface Blobs {
  /**
   * Writes a stream whole or not at all: when it resolves, the bytes are as durable as the store's.
   * Rejects with the source's error and leaves nothing behind.
   */
  write(source: AsyncIterable<Uint8Array> | Uint8Array): Promise<BlobInfo>;
  /** The bytes from `start` up to and without `end`. Throws `BlobMissing` for an unknown id. */
  read(id: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** All bytes at once, for small blobs. */
  readAll(id: string): Promise<Uint8Array>;
  /** Joins blobs in order into one new blob (multipart uploads), with a chunk in memory at most. */
  concat(ids: readonly string[]): Promise<BlobInfo>;
  delete(id: string): Promise<void>;
  /**
   * Deletes every blob that `isReferenced` denies and that is older than `olderThanMs`: what a crash
   * between writing a blob and committing its record left behind.
   */
  sweep(isReferenced: (id: string) => Promise<boolean>, olderThanMs: number): Promise<number>;
  /** Removes everything. Only an ephemeral platform is ever reset. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface BlobInfo {
  readonly id: string;
  readonly sizeBytes: number;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** There is no blob of that id: it was deleted, or the record that names it is wrong. */
export class BlobMissing extends Error {
  override readonly name = "BlobMissing";
  readonly id: string;

  constructor(id: string) {
    super(`There is no blob ${id}`);
    this.id = id;
  }
}
