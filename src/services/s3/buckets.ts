import type * as sdk from "@aws-sdk/client-s3";
import type { Context, Handlers, Input } from "../define.ts";
import { cannedAclOf } from "./acl.ts";
import { wholeSeconds } from "./conditions.ts";
import { bucketArn } from "./events.ts";
import { amz, fault, headerNotImplemented, invalidArgument } from "./faults.ts";
import { decodeToken, encodeToken } from "./listing.ts";
import { bucketRegion, isBucketName, isRegion } from "./names.ts";
import { ownerOf } from "./owners.ts";
import {
  type BucketRecord,
  bucketsOf,
  findBucket,
  getBucket,
  objectsOf,
  putBucket,
  putSetting,
  removeBucket,
  removeUpload,
  uploadsOf,
} from "./records.ts";
import { checkTags } from "./tagging.ts";
import { discard } from "./writes.ts";

/** Of one page of ListBuckets. */
const MAX_BUCKETS = 10_000;

type CreateInput = Input<typeof sdk.CreateBucketCommand>;

export const buckets = {
  async CreateBucket(input, context) {
    const name = input.Bucket ?? "";
    if (!isBucketName(name)) throw fault("InvalidBucketName", { BucketName: name });
    const configuration = input.CreateBucketConfiguration;
    const region = bucketRegion(context.scope.region, configuration?.LocationConstraint);
    const tags = configuration?.Tags?.length ? checkTags(configuration.Tags, "newBucket") : undefined;
    const bucket = newBucket(input, context, region);
    const acl = cannedAclOf(input);
    if (acl !== undefined && acl !== "private" && bucket.ownership === "BucketOwnerEnforced") {
      throw fault("InvalidBucketAclWithObjectOwnership");
    }
    await context.store.transact(async (tx) => {
      const existing = await findBucket(tx, name);
      if (existing) return checkExisting(name, existing, bucket, tags !== undefined);
      putBucket(tx, name, bucket);
      putSetting(tx, name, "publicAccessBlock", ALL_BLOCKED);
      if (tags) putSetting(tx, name, "tagging", tags);
      if (acl !== undefined) putSetting(tx, name, "acl", { acl });
    });
    const location = region === "us-east-1" ? `/${name}` : `http://${name}.s3.amazonaws.com/`;
    return { Location: location, BucketArn: bucketArn(name) };
  },

  async HeadBucket(input, { store }) {
    const { region } = await store.transact((tx) => getBucket(tx, input));
    return { BucketRegion: region, BucketArn: bucketArn(input.Bucket ?? ""), AccessPointAlias: false };
  },

  async GetBucketLocation(input, { store }) {
    const { region } = await store.transact((tx) => getBucket(tx, input));
    if (region === "us-east-1") return {};
    return { LocationConstraint: region as sdk.BucketLocationConstraint };
  },

  async ListBuckets(input, context) {
    const { account } = context.principal;
    const most = maxBuckets(input.MaxBuckets);
    const prefix = input.Prefix ?? "";
    const region = input.BucketRegion;
    if (region !== undefined && !isRegion(region)) {
      const wording = `Argument value ${region} is not a valid AWS Region`;
      throw invalidArgument(wording, "bucket-region");
    }
    const after = input.ContinuationToken ? decodeToken(input.ContinuationToken) : "";
    const { found, truncated } = await context.store.transact(async (tx) => {
      const found: sdk.Bucket[] = [];
      for await (const name of bucketsOf(tx, account, after > prefix ? after : prefix)) {
        if (!name.startsWith(prefix)) break;
        const bucket = name === after ? undefined : await findBucket(tx, name);
        if (!bucket || (region !== undefined && bucket.region !== region)) continue;
        if (found.length === most) return { found, truncated: true };
        found.push({
          Name: name,
          CreationDate: new Date(wholeSeconds(bucket.createdMs)),
          BucketRegion: bucket.region,
          BucketArn: bucketArn(name),
        });
      }
      return { found, truncated: false };
    });
    return {
      Buckets: found,
      Owner: ownerOf(account),
      ...(input.Prefix === undefined ? {} : { Prefix: prefix }),
      ...(truncated ? { ContinuationToken: encodeToken(found.at(-1)?.Name ?? "") } : {}),
    };
  },

  async DeleteBucket(input, context) {
    const name = input.Bucket ?? "";
    const freed = await context.store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      for await (const _object of objectsOf(tx, name, { key: "", inclusive: true }, 1)) {
        throw fault("BucketNotEmpty", { BucketName: name });
      }
      const uploads: (readonly [string, string])[] = [];
      for await (const [key, id] of uploadsOf(tx, name, { key: "", inclusive: true }))
        uploads.push([key, id]);
      const blobs: string[] = [];
      for (const [key, id] of uploads) blobs.push(...(await removeUpload(tx, { bucket: name, key }, id)));
      removeBucket(tx, name, bucket);
      return blobs;
    });
    await discard(context, freed);
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** New buckets block public access since April 2023. */
const ALL_BLOCKED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

function newBucket(input: CreateInput, context: Context, region: string): BucketRecord {
  if (input.ObjectLockEnabledForBucket) throw headerNotImplemented(amz("bucket-object-lock-enabled"));
  if (input.CreateBucketConfiguration?.Bucket || input.CreateBucketConfiguration?.Location) {
    throw fault("NotImplemented", {}, "Directory buckets are not implemented.");
  }
  return {
    v: 1,
    account: context.principal.account,
    region,
    createdMs: context.clock.now(),
    notifications: [],
    encryption: { algorithm: "AES256" },
    ownership: checkOwnership(input.ObjectOwnership),
  };
}

export function checkOwnership(wanted: string | undefined): NonNullable<BucketRecord["ownership"]> {
  switch (wanted) {
    case undefined:
    case "BucketOwnerEnforced":
      return "BucketOwnerEnforced";
    case "BucketOwnerPreferred":
    case "ObjectWriter":
      return wanted;
    default: {
      const wording = `Invalid x-amz-object-ownership header: ${wanted}`;
      throw invalidArgument(wording, amz("object-ownership"));
    }
  }
}

/** Making one's own bucket again is no error in us-east-1, for the sake of old clients; elsewhere it is. */
function checkExisting(name: string, existing: BucketRecord, wanted: BucketRecord, tagged: boolean): void {
  if (existing.account !== wanted.account) throw fault("BucketAlreadyExists", { BucketName: name });
  if (wanted.region !== "us-east-1" || existing.region !== "us-east-1" || tagged) {
    throw fault("BucketAlreadyOwnedByYou", { BucketName: name });
  }
}

function maxBuckets(asked: number | undefined): number {
  if (asked === undefined) return MAX_BUCKETS;
  if (Number.isInteger(asked) && asked >= 1 && asked <= MAX_BUCKETS) return asked;
  const wording = `Argument max-buckets must be an integer between 1 and ${MAX_BUCKETS}`;
  throw invalidArgument(wording, "max-buckets", String(asked));
}
