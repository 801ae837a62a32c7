import type { ByteStream, Context } from "../../define.ts";
import { gunzipped, unzstd } from "./lines.ts";

/** Where in a bucket the files lie that are read. */
export interface Source {
  readonly bucket: string;
  readonly prefix?: string;
  readonly owner?: string;
}

/** A file of a source, as it was when it was listed. */
export interface SourceObject {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

export const UNPACKED = { GZIP: gunzipped, ZSTD: unzstd, NONE: (bytes: ByteStream) => bytes } as const;

/** The files of a source that hold anything, in the order of their keys. Faults: as S3's. */
export async function* objectsOf(context: Context, source: Source): AsyncGenerator<SourceObject> {
  let token: string | undefined;
  do {
    const page = await context.call("s3", "ListObjectsV2", {
      Bucket: source.bucket,
      ...(source.prefix === undefined ? {} : { Prefix: source.prefix }),
      ...(source.owner === undefined ? {} : { ExpectedBucketOwner: source.owner }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    for (const { Key: key, Size: bytes, ETag: etag = "" } of page.Contents ?? []) {
      // Manifests and the like lie beside an export's data.
      const isData = key && !/(^|\/)(_started|manifest-[a-z]+\.(json|md5))$/.test(key);
      if (isData && bytes) yield { key, bytes, etag };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** What lies in a file, with every piece of it told of; a file that is another by now is a fault. */
export async function* bytesOf(
  context: Context,
  source: Source,
  { key, etag }: SourceObject,
  note: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const { Body } = await context.call("s3", "GetObject", {
    Bucket: source.bucket,
    Key: key,
    IfMatch: etag,
    ...(source.owner === undefined ? {} : { ExpectedBucketOwner: source.owner }),
  });
  for await (const piece of streamOf(Body)) {
    note(piece.byteLength);
    yield piece;
  }
}

async function* streamOf(body: ByteStream | Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else if (body) yield* body;
}

/** A file that is cut short or no such file is read as far as it can be; what is left counts as one item. */
export async function* asFarAsReadable<One>(items: AsyncGenerator<One>): AsyncGenerator<One | undefined> {
  try {
    yield* items;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    yield undefined;
  }
}

/** zlib names its errors by text, the library for Zstandard by number. */
function isUnreadable(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "number" || (typeof code === "string" && code.startsWith("Z_"));
}
