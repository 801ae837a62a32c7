import type * as sdk from "@aws-sdk/client-s3";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import type { EventName } from "./events.ts";
import { amz, fault, invalidArgument } from "./faults.ts";
import { checkVersion } from "./names.ts";
import { notify } from "./notify.ts";
import { findWanted } from "./reads.ts";
import {
  findObject,
  getBucket,
  getSetting,
  putSetting,
  removeSetting,
  type Tag,
  updateObject,
} from "./records.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const MAX_OBJECT_TAGS = 10;
const MAX_BUCKET_TAGS = 50;
const MAX_KEY_CHARACTERS = 128;
const MAX_VALUE_CHARACTERS = 256;
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

const SYSTEM_TAG = {
  bucket: "System tags cannot be added/updated by requester",
  newBucket:
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. ' +
    'Remove "aws:" from your tag keys and try again.',
  object: "Your TagKey cannot be prefixed with aws:",
};

export const bucketTagging = {
  async GetBucketTagging(input, context) {
    const name = input.Bucket ?? "";
    const tags = await context.store.transact(async (tx) => {
      await getBucket(tx, input);
      return getSetting<Tag[]>(tx, name, "tagging");
    });
    const byStack = await stackTags(context, "AWS::S3::Bucket", name);
    const system = Object.entries(byStack).map(([key, value]) => ({ key, value }));
    if (!tags && system.length === 0) throw fault("NoSuchTagSet", { BucketName: name });
    return { TagSet: tagMembers([...system, ...(tags ?? [])]) };
  },

  async PutBucketTagging(input, { store }) {
    const tags = checkTags(input.Tagging?.TagSet, "bucket");
    await store.transact(async (tx) => {
      await getBucket(tx, input);
      putSetting(tx, input.Bucket ?? "", "tagging", tags);
    });
    return {};
  },

  async DeleteBucketTagging(input, { store }) {
    await store.transact(async (tx) => {
      await getBucket(tx, input);
      removeSetting(tx, input.Bucket ?? "", "tagging");
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

export const objectTagging = {
  async GetObjectTagging(input, context) {
    const { object } = await findWanted(context, input);
    return { TagSet: tagMembers(object.tags ?? []) };
  },

  async PutObjectTagging(input, context) {
    await retag(input, checkTags(input.Tagging?.TagSet, "object"), "ObjectTagging:Put", context);
    return {};
  },

  async DeleteObjectTagging(input, context) {
    await retag(input, [], "ObjectTagging:Delete", context);
    return {};
  },
} satisfies Handlers<typeof sdk>;

interface TaggedObject {
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
  readonly VersionId?: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
}

async function retag(input: TaggedObject, tags: Tag[], event: EventName, context: Context): Promise<void> {
  const name = input.Bucket ?? "";
  const key = input.Key ?? "";
  await context.store.transact(async (tx) => {
    const bucket = await getBucket(tx, input);
    checkVersion(input.VersionId, key);
    const object = await findObject(tx, name, key);
    if (!object) throw fault("NoSuchKey", { Key: key });
    const { tags: _before, ...untagged } = object;
    updateObject(tx, name, key, tags.length ? { ...untagged, tags } : untagged);
    notify(tx, context, name, bucket, { name: event, key, etag: object.etag });
  });
}

/** The tags of a request's document, or AWS's fault for a set that is not allowed. */
export function checkTags(tagSet: readonly sdk.Tag[] | undefined, kind: keyof typeof SYSTEM_TAG): Tag[] {
  const tags: Tag[] = [];
  for (const { Key: key, Value: value } of tagSet ?? []) {
    if (key === undefined || value === undefined) throw fault("MalformedXML");
    if (tags.some((tag) => tag.key === key)) {
      throw fault("InvalidTag", { TagKey: key }, "Cannot provide multiple Tags with the same key");
    }
    if (key.startsWith("aws:")) {
      throw fault("InvalidTag", kind === "newBucket" ? {} : { TagKey: key }, SYSTEM_TAG[kind]);
    }
    if (key === "" || key.length > MAX_KEY_CHARACTERS || !TEXT.test(key)) {
      throw fault("InvalidTag", { TagKey: key });
    }
    if (value.length > MAX_VALUE_CHARACTERS || !TEXT.test(value)) {
      const members = { TagKey: key, TagValue: value };
      throw fault("InvalidTag", members, "The TagValue you have provided is invalid");
    }
    tags.push({ key, value });
  }
  const most = kind === "object" ? MAX_OBJECT_TAGS : MAX_BUCKET_TAGS;
  if (tags.length > most) {
    const subject = kind === "object" ? "Object tags" : "Bucket tag count";
    throw fault("InvalidTag", {}, `${subject} cannot be greater than ${most}`);
  }
  return tags;
}

/** The tags of an `x-amz-tagging` header: a URL query. */
export function parseTagging(header: string | undefined): Tag[] | undefined {
  if (!header) return undefined;
  const tags = [...new URLSearchParams(header)].map(([Key, Value]) => ({ Key, Value }));
  const doubled = new Set(tags.map((tag) => tag.Key)).size < tags.length;
  if (doubled || tags.some((tag) => !TEXT.test(tag.Key) || !TEXT.test(tag.Value))) {
    const wording =
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters " +
      "without tag name duplicates.";
    throw invalidArgument(wording, amz("tagging"), header);
  }
  return checkTags(tags, "object");
}

function tagMembers(tags: readonly Tag[]): sdk.Tag[] {
  return tags.map(({ key, value }) => ({ Key: key, Value: value }));
}
