import type * as sdk from "@aws-sdk/client-s3";
import { BlobMissing } from "../../blobs/blobs.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers, Input } from "../define.ts";
import {
  type Algorithm,
  checksumMember,
  checksumOfParts,
  claimOf,
  DEFAULT_ALGORITHM,
  etagOfParts,
} from "./checksums.ts";
import { checkWriteHeaders } from "./conditions.ts";
import { fault } from "./faults.ts";
import { encryptionMembers } from "./metadata.ts";
import { placeOf } from "./multipart.ts";
import { encodeKey } from "./names.ts";
import { checkPartNumber } from "./objects.ts";
import {
  type Checksum,
  findObject,
  getBucket,
  getUpload,
  type ObjectRecord,
  type PartDetail,
  type PartRecord,
  partsOf,
  removeUpload,
  type Stored,
  type UploadRecord,
} from "./records.ts";
import { discard, keepOrDiscard, writeObject } from "./writes.ts";

type CompleteInput = Input<typeof sdk.CompleteMultipartUploadCommand>;

/** Every part but the last has at least this many. */
const MIN_PART_BYTES = 5 * 1024 ** 2;

export const completion = {
  async CompleteMultipartUpload(input, context) {
    checkWriteHeaders(input);
    const asked = input.MultipartUpload?.Parts;
    if (!asked?.length) throw fault("InvalidRequest", {}, "You must specify at least one part");
    for (;;) {
      const begun = await findParts(input, context);
      if ("object" in begun) return answer(input, context, begun.object);
      const chosen = chooseParts(asked, input.UploadId ?? "", begun);
      const whole = await wholeOf(input, begun.upload, chosen);
      const object = await join(input, context, begun.upload, chosen, whole);
      if (object) return answer(input, context, object);
    }
  },
} satisfies Handlers<typeof sdk>;

interface Begun {
  readonly upload: UploadRecord;
  readonly parts: ReadonlyMap<number, PartRecord>;
}

/** The upload with its parts; or the object that it has become, when the client asks a second time. */
function findParts(input: CompleteInput, { store }: Context): Promise<Begun | { object: ObjectRecord }> {
  const place = placeOf(input);
  const id = input.UploadId ?? "";
  return store.transact(async (tx) => {
    await getBucket(tx, input);
    const object = await findObject(tx, place.bucket, place.key);
    if (object?.upload?.id === id) return { object };
    return { upload: await getUpload(tx, place, id), parts: await allParts(tx, id) };
  });
}

async function allParts(tx: Transaction, id: string): Promise<Map<number, PartRecord>> {
  const parts = new Map<number, PartRecord>();
  for await (const [number, part] of partsOf(tx, id, 0)) parts.set(number, part);
  return parts;
}

interface ChosenPart extends PartRecord {
  readonly number: number;
}

/** The uploaded parts that the client lists, each as the client says it is. */
function chooseParts(
  asked: readonly sdk.CompletedPart[],
  id: string,
  { upload, parts }: Begun,
): ChosenPart[] {
  const chosen: ChosenPart[] = [];
  for (const wanted of asked) {
    const number = checkPartNumber(wanted.PartNumber);
    if (number <= (chosen.at(-1)?.number ?? 0)) throw fault("InvalidPartOrder", { UploadId: id });
    const part = parts.get(number);
    const etag = wanted.ETag?.replaceAll('"', "") ?? "";
    if (!part || part.etag !== etag || !isChecksumRight(wanted, part, upload)) {
      throw fault("InvalidPart", { UploadId: id, PartNumber: String(number), ETag: etag });
    }
    if (upload.checksum?.type === "COMPOSITE" && !wanted[`Checksum${upload.checksum.algorithm}`]) {
      const wording =
        `The upload was created using a ${upload.checksum.algorithm.toLowerCase()} checksum. ` +
        "The complete request must include the checksum for each part. " +
        `It was missing for part ${number} in the request.`;
      throw fault("InvalidRequest", {}, wording);
    }
    chosen.push({ ...part, number });
  }
  for (const part of chosen.slice(0, -1)) {
    if (part.sizeBytes >= MIN_PART_BYTES) continue;
    throw fault("EntityTooSmall", {
      ProposedSize: String(part.sizeBytes),
      MinSizeAllowed: String(MIN_PART_BYTES),
      PartNumber: String(part.number),
      ETag: part.etag,
    });
  }
  return chosen;
}

const ALGORITHMS: readonly Algorithm[] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

function isChecksumRight(wanted: sdk.CompletedPart, part: PartRecord, { checksum }: UploadRecord): boolean {
  return ALGORITHMS.every((algorithm) => {
    const value = wanted[`Checksum${algorithm}`];
    return value === undefined || (algorithm === checksum?.algorithm && value === part.checksum);
  });
}

interface Whole {
  readonly sizeBytes: number;
  readonly checksum: Checksum;
}

/** Size and checksum of the whole, held against what the client says of them. */
async function wholeOf(
  input: CompleteInput,
  { checksum }: UploadRecord,
  parts: readonly ChosenPart[],
): Promise<Whole> {
  if (input.ChecksumType !== undefined && input.ChecksumType !== checksum?.type) {
    const wording = `The upload was created using the ${checksum?.type ?? "null"} checksum mode.`;
    throw fault("InvalidRequest", {}, `${wording} The complete request must use the same checksum mode.`);
  }
  const algorithm = checksum?.algorithm ?? DEFAULT_ALGORITHM;
  const type = checksum?.type ?? "FULL_OBJECT";
  const value = await checksumOfParts(algorithm, type, parts);
  const claim = claimOf(withoutCount(input));
  const name = algorithm.toLowerCase();
  if (claim && claim.algorithm !== algorithm) {
    const wording = `Checksum Type mismatch occurred, expected checksum Type: ${name}`;
    const actual = `actual checksum Type: ${claim.algorithm.toLowerCase()}`;
    throw fault("InvalidRequest", {}, `${wording}, ${actual}`);
  }
  if (claim?.value !== undefined && claim.value !== value.replace(/-\d+$/, "")) {
    throw fault("BadDigest", {}, `The ${name} you specified did not match the calculated checksum.`);
  }
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.sizeBytes;
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== sizeBytes) {
    const given = `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize}`;
    throw fault("InvalidRequest", {}, `${given} does not match what was computed: ${sizeBytes}`);
  }
  return { sizeBytes, checksum: { algorithm, type, value } };
}

/** Composite checksums may be written with the number of parts behind. */
function withoutCount(input: CompleteInput) {
  const bare = ALGORITHMS.map((algorithm) => {
    const member = `Checksum${algorithm}` as const;
    return [member, input[member]?.replace(/-\d+$/, "")];
  });
  return Object.fromEntries(bare) as Partial<Record<`Checksum${Algorithm}`, string>>;
}

/**
 * Makes one blob of the parts and the object of it. Undefined when a part was uploaded again meanwhile:
 * the caller then looks at the parts anew.
 */
async function join(
  input: CompleteInput,
  context: Context,
  upload: UploadRecord,
  chosen: readonly ChosenPart[],
  whole: Whole,
): Promise<ObjectRecord | undefined> {
  const place = placeOf(input);
  const id = input.UploadId ?? "";
  const [first] = chosen;
  const sole = chosen.length === 1 ? first : undefined;
  const blob = sole ? sole.blob : await concat(chosen, context);
  if (blob === undefined) return undefined;
  const stored: Stored = { blob };
  const commit = () =>
    context.store.transact(async (tx) => {
      await getUpload(tx, place, id);
      const now = await allParts(tx, id);
      if (chosen.some((part) => now.get(part.number)?.blob !== part.blob)) return undefined;
      await checkUnchanged(tx, input, upload);
      const freed = (await removeUpload(tx, place, id)).filter((partBlob) => partBlob !== blob);
      const written = await writeObject(
        tx,
        context,
        input,
        place.key,
        {
          stored,
          ...whole,
          etag: etagOfParts(chosen.map((part) => part.etag)),
          headers: upload.headers,
          ...(upload.tags ? { tags: upload.tags } : {}),
          ...(upload.acl ? { acl: upload.acl } : {}),
          upload: { id, parts: chosen.length },
          parts: chosen.map((part, index) => detailOf(part, index + 1, upload)),
          encryption: () => upload.encryption,
        },
        "ObjectCreated:CompleteMultipartUpload",
      );
      return { object: { ...written.object, blob }, freed: [...freed, written.freed] };
    });
  // The sole part's blob belongs to the upload until the commit, and stays with it when that is refused.
  const done = sole ? await commit() : await keepOrDiscard(context, stored, commit);
  if (done) await discard(context, done.freed);
  else if (!sole) await discard(context, [blob]);
  return done?.object;
}

/** A part that is uploaded again takes its old blob away, perhaps while it is being read here. */
async function concat(chosen: readonly ChosenPart[], { blobs }: Context): Promise<string | undefined> {
  try {
    return (await blobs.concat(chosen.map((part) => part.blob))).id;
  } catch (error) {
    if (error instanceof BlobMissing) return undefined;
    throw error;
  }
}

/** An If-Match is about the object as the upload found it: one written since is a conflict. */
async function checkUnchanged(tx: Transaction, input: CompleteInput, upload: UploadRecord): Promise<void> {
  if (input.IfMatch === undefined) return;
  const { bucket, key } = placeOf(input);
  const object = await findObject(tx, bucket, key);
  if (!object || object.modifiedMs <= upload.initiatedMs) return;
  if (input.IfMatch.replaceAll('"', "") !== object.etag) return;
  throw fault("ConditionalRequestConflict", { Condition: "If-Match", Key: key });
}

/** Parts count from 1 once they are an object's. Their checksums are told only where clients made them. */
function detailOf(part: ChosenPart, number: number, upload: UploadRecord): PartDetail {
  const detail = { number, sizeBytes: part.sizeBytes };
  return upload.checksum ? { ...detail, checksum: part.checksum } : detail;
}

function answer(input: CompleteInput, context: Context, object: ObjectRecord) {
  const { algorithm, type, value } = object.checksum;
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    Location: `${context.endpoint}/${input.Bucket}/${encodeKey(input.Key ?? "").replaceAll("+", "%20")}`,
    ETag: `"${object.etag}"`,
    ...checksumMember(algorithm, value),
    ChecksumType: type,
    ...encryptionMembers(object.encryption),
  };
}
