import type * as sdk from "@aws-sdk/client-s3";
import type { Handlers } from "../define.ts";
import { checksumMember } from "./checksums.ts";
import { wholeSeconds } from "./conditions.ts";
import { keyWriter, listPage, type Position, pageLimit } from "./listing.ts";
import { placeOf } from "./multipart.ts";
import { ownerOf } from "./owners.ts";
import { getBucket, getUpload, type PartRecord, partsOf, type UploadRecord, uploadsOf } from "./records.ts";

/** Uploads under way, and their parts. */
export const uploads = {
  async ListParts(input, { store }) {
    const most = pageLimit(input.MaxParts, "max-parts");
    const marker = Number(input.PartNumberMarker ?? 0);
    const { bucket, upload, found } = await store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      const upload = await getUpload(tx, placeOf(input), input.UploadId ?? "");
      const found: (readonly [number, PartRecord])[] = [];
      for await (const entry of partsOf(tx, input.UploadId ?? "", marker, most + 1)) found.push(entry);
      return { bucket, upload, found };
    });
    const page = found.slice(0, most);
    return {
      Bucket: input.Bucket,
      Key: input.Key,
      UploadId: input.UploadId,
      Initiator: ownerOf(upload.account),
      Owner: ownerOf(bucket.account),
      StorageClass: storageClassOf(upload),
      PartNumberMarker: String(marker),
      NextPartNumberMarker: String(page.at(-1)?.[0] ?? 0),
      MaxParts: most,
      IsTruncated: most > 0 && found.length > most,
      ...checksumMembers(upload),
      ...(page.length ? { Parts: page.map(([number, part]) => partMember(number, part, upload)) } : {}),
    };
  },

  async ListMultipartUploads(input, { store }) {
    const write = keyWriter(input.EncodingType);
    const name = input.Bucket ?? "";
    const query = {
      prefix: input.Prefix ?? "",
      delimiter: input.Delimiter ?? "",
      after: input.KeyMarker ?? "",
      limit: pageLimit(input.MaxUploads, "max-uploads"),
    };
    // An upload's id counts only behind a key: it goes on within the uploads of that key.
    const start: Position | undefined =
      query.after && input.UploadIdMarker ? { key: query.after, inclusive: false } : undefined;
    const { bucket, page } = await store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      async function* source(from: Position) {
        const within = from === start && input.UploadIdMarker ? { uploadId: input.UploadIdMarker } : {};
        for await (const [key, id, upload] of uploadsOf(tx, name, { ...from, ...within })) {
          yield [key, { id, upload }] as const;
        }
      }
      return { bucket, page: await listPage(source, query, start) };
    });
    const last = page.entries.at(-1);
    const endsWithUpload = last !== undefined && page.last === last[0];
    return {
      Bucket: input.Bucket,
      KeyMarker: write(query.after),
      UploadIdMarker: input.UploadIdMarker ?? "",
      NextKeyMarker: endsWithUpload || page.truncated ? write(page.last) : "",
      NextUploadIdMarker: endsWithUpload ? last[1].id : "",
      MaxUploads: query.limit,
      IsTruncated: page.truncated,
      ...(input.Prefix === undefined ? {} : { Prefix: write(query.prefix) }),
      ...(query.delimiter ? { Delimiter: write(query.delimiter) } : {}),
      ...(input.EncodingType ? { EncodingType: input.EncodingType } : {}),
      ...(page.prefixes.length
        ? { CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: write(prefix) })) }
        : {}),
      ...(page.entries.length
        ? {
            Uploads: page.entries.map(([key, { id, upload }]) => ({
              Key: write(key),
              UploadId: id,
              Initiated: new Date(wholeSeconds(upload.initiatedMs)),
              Initiator: ownerOf(upload.account),
              Owner: ownerOf(bucket.account),
              StorageClass: storageClassOf(upload),
              ...checksumMembers(upload),
            })),
          }
        : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

function storageClassOf(upload: UploadRecord): sdk.StorageClass {
  return (upload.headers.storageClass ?? "STANDARD") as sdk.StorageClass;
}

function checksumMembers({ checksum }: UploadRecord) {
  return checksum ? { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type } : {};
}

function partMember(number: number, part: PartRecord, { checksum }: UploadRecord): sdk.Part {
  return {
    PartNumber: number,
    LastModified: new Date(wholeSeconds(part.modifiedMs)),
    ETag: `"${part.etag}"`,
    Size: part.sizeBytes,
    ...(checksum ? checksumMember(checksum.algorithm, part.checksum) : {}),
  };
}
