import { createHash } from "node:crypto";
import type { Context } from "../../define.ts";

/** Where in a bucket files are written, and how they are encrypted there. */
export interface Output {
  readonly bucket: string;
  readonly prefix?: string;
  readonly bucketOwner?: string;
  readonly encryption?: string;
  readonly encryptionKey?: string;
}

/** Writes a file, and gives its ETag. */
export type Put = (key: string, body: Uint8Array) => Promise<string>;

/** `<prefix>/AWSDynamoDB`, where all lies that DynamoDB writes. */
export function rootOf({ prefix }: Output): string {
  return `${prefix === undefined ? "" : `${prefix.replace(/\/$/, "")}/`}AWSDynamoDB`;
}

export function putterOf(context: Context, output: Output): Put {
  const { bucketOwner, encryption, encryptionKey } = output;
  return async (key, body) => {
    const { ETag = "" } = await context.call("s3", "PutObject", {
      Bucket: output.bucket,
      Key: key,
      Body: body,
      ...(bucketOwner === undefined ? {} : { ExpectedBucketOwner: bucketOwner }),
      ...(encryption === undefined
        ? {}
        : { ServerSideEncryption: encryption === "KMS" ? "aws:kms" : "AES256" }),
      ...(encryptionKey === undefined ? {} : { SSEKMSKeyId: encryptionKey }),
    });
    return ETag.replaceAll('"', "");
  };
}

/** A data file as manifests list it. */
export interface DataFile {
  readonly itemCount: number;
  readonly md5Checksum: string;
  readonly etag: string;
  readonly dataFileS3Key: string;
}

export async function putDataFile(
  put: Put,
  dataFileS3Key: string,
  pieces: AsyncIterable<Uint8Array>,
  itemCount: number,
): Promise<DataFile> {
  const body = await collect(pieces);
  const etag = await put(dataFileS3Key, body);
  return { itemCount, md5Checksum: createHash("md5").update(body).digest("base64"), etag, dataFileS3Key };
}

/** A manifest beside its checksum. */
export async function putManifest(put: Put, name: string, text: string): Promise<void> {
  const body = new TextEncoder().encode(text);
  await put(`${name}.json`, body);
  await put(`${name}.md5`, new TextEncoder().encode(createHash("md5").update(body).digest("base64")));
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return new Uint8Array(Buffer.concat(all));
}
