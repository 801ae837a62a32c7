import { createHash } from "node:crypto";
import { Fault } from "../../kernel/faults.ts";
import type { ByteStream, Context } from "../define.ts";
import { fault, zipTooLarge } from "./faults.ts";
import { LARGEST_UNZIPPED_BYTES, LARGEST_ZIP_BYTES } from "./limits.ts";
import { codeInUse } from "./records.ts";

declare module "../define.ts" {
  interface Sdks {
    s3: typeof import("@aws-sdk/client-s3");
  }
}

/** Where a request says the code is: the zip itself, or an object in S3. */
export interface CodeSource {
  readonly ZipFile?: Uint8Array | undefined;
  readonly S3Bucket?: string | undefined;
  readonly S3Key?: string | undefined;
  readonly S3ObjectVersion?: string | undefined;
  readonly ImageUri?: string | undefined;
}

export interface Zip {
  readonly bytes: Uint8Array;
  /** In base64, as AWS gives it. */
  readonly sha256: string;
  /** What its files come to. */
  readonly unzippedBytes: number;
}

/** Superseded code stays this long, for environments that are just starting with it. */
const CODE_LINGERS_MS = 60_000;

/** The zip that a request names, inspected: what this resolves with can be unpacked. */
export async function obtainZip(context: Context, source: CodeSource): Promise<Zip> {
  const bytes = await zipBytes(context, source);
  const unzippedBytes = await context.functions.inspectCode(bytes);
  return { bytes, unzippedBytes, sha256: createHash("sha256").update(bytes).digest("base64") };
}

async function zipBytes(context: Context, source: CodeSource): Promise<Uint8Array> {
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion } = source;
  if (ZipFile !== undefined) {
    if (S3Bucket || S3Key || S3ObjectVersion) {
      throw fault(
        "InvalidParameterValueException",
        "Please do not provide other FunctionCode parameters when providing a ZipFile.",
      );
    }
    if (ZipFile.length === 0) {
      throw fault("InvalidParameterValueException", "Uploaded file must be a non-empty zip");
    }
    if (ZipFile.length > LARGEST_ZIP_BYTES) {
      throw zipTooLarge(LARGEST_ZIP_BYTES);
    }
    return ZipFile;
  }
  if (!S3Bucket || !S3Key) {
    throw fault("InvalidParameterValueException", "Please provide a source for function code.");
  }
  return readObject(context, S3Bucket, S3Key, S3ObjectVersion);
}

async function readObject(
  context: Context,
  Bucket: string,
  Key: string,
  VersionId: string | undefined,
): Promise<Uint8Array> {
  try {
    const { Body } = await context.call("s3", "GetObject", {
      Bucket,
      Key,
      ...(VersionId === undefined ? {} : { VersionId }),
    });
    return await collect(Body ?? new Uint8Array());
  } catch (error) {
    if (!(error instanceof Fault) || error.code === "InvalidParameterValueException") throw error;
    throw fault(
      "InvalidParameterValueException",
      `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
    );
  }
}

async function collect(body: ByteStream | Uint8Array): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > LARGEST_UNZIPPED_BYTES) {
      throw fault(
        "InvalidParameterValueException",
        `Unzipped size must be smaller than ${LARGEST_UNZIPPED_BYTES} bytes`,
      );
    }
  }
  return Buffer.concat(chunks);
}

/** Takes a blob back when the transaction that was to record it refuses. */
export async function keepOrDiscard<T>(context: Context, blob: string, commit: () => Promise<T>): Promise<T> {
  try {
    return await commit();
  } catch (error) {
    await context.blobs.delete(blob);
    throw error;
  }
}

/**
 * Deletes a blob that no version uses any more, after a while. Should the platform end before, the
 * sweep of blobs finds it.
 */
export function discardCode(context: Context, blob: string): void {
  const { clock, store, blobs, log } = context;
  clock.at(clock.now() + CODE_LINGERS_MS, () => {
    store
      .transact((tx) => codeInUse(tx, blob))
      .then((inUse) => (inUse ? undefined : blobs.delete(blob)))
      .catch((error) => log.debug("superseded code could not be deleted", { blob, error }));
  });
}
