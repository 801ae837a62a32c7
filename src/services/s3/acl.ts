import type * as sdk from "@aws-sdk/client-s3";
import type { Handlers } from "../define.ts";
import { amz, fault, headerNotImplemented, invalidArgument } from "./faults.ts";
import { notify } from "./notify.ts";
import { ownerOf } from "./owners.ts";
import { findWanted } from "./reads.ts";
import { type BucketRecord, findObject, getBucket, getSetting, putSetting, updateObject } from "./records.ts";

const GROUPS = "http://acs.amazonaws.com/groups";
const EVERYONE = `${GROUPS}/global/AllUsers`;
const SIGNED_IN = `${GROUPS}/global/AuthenticatedUsers`;
const LOG_DELIVERY = `${GROUPS}/s3/LogDelivery`;

/** What each canned list grants to groups besides the owner's full control. */
const CANNED: Readonly<Record<string, readonly (readonly [string, sdk.Permission])[]>> = {
  private: [],
  "public-read": [[EVERYONE, "READ"]],
  "public-read-write": [
    [EVERYONE, "READ"],
    [EVERYONE, "WRITE"],
  ],
  "authenticated-read": [[SIGNED_IN, "READ"]],
  "aws-exec-read": [],
  "bucket-owner-read": [],
  "bucket-owner-full-control": [],
  "log-delivery-write": [
    [LOG_DELIVERY, "WRITE"],
    [LOG_DELIVERY, "READ_ACP"],
  ],
};

interface AclInput {
  readonly ACL?: string | undefined;
  readonly GrantFullControl?: string | undefined;
  readonly GrantRead?: string | undefined;
  readonly GrantReadACP?: string | undefined;
  readonly GrantWrite?: string | undefined;
  readonly GrantWriteACP?: string | undefined;
}

const GRANT_HEADERS = [
  ["GrantFullControl", amz("grant-full-control")],
  ["GrantRead", amz("grant-read")],
  ["GrantReadACP", amz("grant-read-acp")],
  ["GrantWrite", amz("grant-write")],
  ["GrantWriteACP", amz("grant-write-acp")],
] as const;

/** The canned list of a request. Grants in headers are not there. */
export function cannedAclOf(input: AclInput): string | undefined {
  for (const [member, header] of GRANT_HEADERS) if (input[member]) throw headerNotImplemented(header);
  const acl = input.ACL;
  if (acl === undefined || acl in CANNED) return acl;
  throw invalidArgument("Invalid Argument", amz("acl"), acl);
}

/** Buckets take no access lists since April 2023, unless their ownership is set to. */
export function checkAcl(bucket: BucketRecord, acl: string | undefined): void {
  if (bucket.ownership !== "BucketOwnerEnforced" || acl === undefined) return;
  if (acl !== "private" && acl !== "bucket-owner-full-control") throw fault("AccessControlListNotSupported");
}

function policyOf(account: string, acl: string | undefined) {
  const owner = ownerOf(account);
  const grants: sdk.Grant[] = [{ Grantee: { ...owner, Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }];
  for (const [URI, Permission] of CANNED[acl ?? "private"] ?? []) {
    grants.push({ Grantee: { URI, Type: "Group" }, Permission });
  }
  return { Owner: owner, Grants: grants };
}

interface PutAclInput extends AclInput {
  readonly AccessControlPolicy?: sdk.AccessControlPolicy | undefined;
}

/** The canned list that a request sets, which may spell out the private one. */
function wantedAcl(input: PutAclInput, account: string): string {
  const canned = cannedAclOf(input);
  const policy = input.AccessControlPolicy;
  if (canned !== undefined) {
    if (policy) throw fault("InvalidRequest", {}, "This request does not support content");
    return canned;
  }
  if (!policy?.Grants || !policy.Owner?.ID) throw fault("MalformedACLError");
  const wanted = policy.Grants.map(grantText).sort().join("\n");
  for (const acl of Object.keys(CANNED)) {
    if (policyOf(account, acl).Grants.map(grantText).sort().join("\n") === wanted) return acl;
  }
  throw fault("NotImplemented", {}, "Access control lists other than the canned ones are not implemented.");
}

function grantText({ Grantee, Permission }: sdk.Grant): string {
  return `${Grantee?.ID ?? Grantee?.URI ?? Grantee?.EmailAddress} ${Permission}`;
}

export const acls = {
  async GetBucketAcl(input, { store }) {
    return store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      const setting = await getSetting<{ acl: string }>(tx, input.Bucket ?? "", "acl");
      return policyOf(bucket.account, setting?.acl);
    });
  },

  async PutBucketAcl(input, { store }) {
    await store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      const acl = wantedAcl(input, bucket.account);
      checkAcl(bucket, acl);
      putSetting(tx, input.Bucket ?? "", "acl", { acl });
    });
    return {};
  },

  async GetObjectAcl(input, context) {
    const { account } = await context.store.transact((tx) => getBucket(tx, input));
    const { object } = await findWanted(context, input);
    return policyOf(account, object.acl);
  },

  async PutObjectAcl(input, context) {
    const name = input.Bucket ?? "";
    const key = input.Key ?? "";
    await context.store.transact(async (tx) => {
      const bucket = await getBucket(tx, input);
      const acl = wantedAcl(input, bucket.account);
      checkAcl(bucket, acl);
      const object = await findObject(tx, name, key);
      if (!object) throw fault("NoSuchKey", { Key: key });
      updateObject(tx, name, key, { ...object, acl });
      notify(tx, context, name, bucket, { name: "ObjectAcl:Put", key, etag: object.etag });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
