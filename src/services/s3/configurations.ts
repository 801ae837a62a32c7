import type * as sdk from "@aws-sdk/client-s3";
import type { Context, Handlers } from "../define.ts";
import { checkOwnership } from "./buckets.ts";
import { fault } from "./faults.ts";
import { defined } from "./metadata.ts";
import {
  type BucketRecord,
  type Encryption,
  getBucket,
  getSetting,
  putBucket,
  putSetting,
  removeSetting,
  type SettingName,
} from "./records.ts";

interface BucketInput {
  readonly Bucket: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
}

/** Settings of a bucket that change what it answers, and those that are kept and given back. */
export const configurations = {
  async GetBucketEncryption(input, { store }) {
    const { encryption } = await store.transact((tx) => getBucket(tx, input));
    const byDefault: sdk.ServerSideEncryptionByDefault = {
      SSEAlgorithm: encryption.algorithm as sdk.ServerSideEncryption,
      ...defined({ KMSMasterKeyID: encryption.kmsKeyId }),
    };
    const rule = {
      ApplyServerSideEncryptionByDefault: byDefault,
      BucketKeyEnabled: encryption.bucketKey ?? false,
    };
    return { ServerSideEncryptionConfiguration: { Rules: [rule] } };
  },

  async PutBucketEncryption(input, context) {
    const encryption = encryptionRule(input.ServerSideEncryptionConfiguration?.Rules);
    await changeBucket(input, context, (bucket) => ({ ...bucket, encryption }));
    return {};
  },

  /** Goes back to what every bucket has: S3's own keys. */
  async DeleteBucketEncryption(input, context) {
    await changeBucket(input, context, (bucket) => ({ ...bucket, encryption: { algorithm: "AES256" } }));
    return {};
  },

  async GetBucketOwnershipControls(input, { store }) {
    const { ownership } = await store.transact((tx) => getBucket(tx, input));
    if (!ownership) throw fault("OwnershipControlsNotFoundError", { BucketName: input.Bucket });
    return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } };
  },

  async PutBucketOwnershipControls(input, context) {
    const [rule, second] = input.OwnershipControls?.Rules ?? [];
    if (!rule?.ObjectOwnership || second) throw fault("MalformedXML");
    const ownership = checkOwnership(rule.ObjectOwnership);
    await changeBucket(input, context, (bucket) => ({ ...bucket, ownership }));
    return {};
  },

  async DeleteBucketOwnershipControls(input, context) {
    await changeBucket(input, context, ({ ownership: _before, ...bucket }) => bucket);
    return {};
  },

  async GetPublicAccessBlock(input, context) {
    const block = await readSetting<sdk.PublicAccessBlockConfiguration>(input, context, "publicAccessBlock");
    if (!block) throw fault("NoSuchPublicAccessBlockConfiguration", { BucketName: input.Bucket });
    return { PublicAccessBlockConfiguration: block };
  },

  async PutPublicAccessBlock(input, context) {
    const block = input.PublicAccessBlockConfiguration;
    if (!block) throw fault("MalformedXML");
    await writeSetting(input, context, "publicAccessBlock", {
      BlockPublicAcls: block.BlockPublicAcls ?? false,
      IgnorePublicAcls: block.IgnorePublicAcls ?? false,
      BlockPublicPolicy: block.BlockPublicPolicy ?? false,
      RestrictPublicBuckets: block.RestrictPublicBuckets ?? false,
    });
    return {};
  },

  async DeletePublicAccessBlock(input, context) {
    await dropSetting(input, context, "publicAccessBlock");
    return {};
  },

  async GetBucketPolicy(input, context) {
    return { Policy: await readPolicy(input, context) };
  },

  async GetBucketPolicyStatus(input, context) {
    return { PolicyStatus: { IsPublic: isPublic(await readPolicy(input, context)) } };
  },

  async PutBucketPolicy(input, context) {
    const policy = input.Policy ?? "";
    checkPolicy(policy);
    await writeSetting(input, context, "policy", { policy });
    return {};
  },

  async DeleteBucketPolicy(input, context) {
    await dropSetting(input, context, "policy");
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Features that no bucket has yet: what AWS answers where they were never set. Tools read them all. */
export const unconfigured = {
  async GetBucketVersioning(input, { store }) {
    await store.transact((tx) => getBucket(tx, input));
    return {};
  },
  async GetBucketAccelerateConfiguration(input, { store }) {
    await store.transact((tx) => getBucket(tx, input));
    return {};
  },
  async GetBucketLogging(input, { store }) {
    await store.transact((tx) => getBucket(tx, input));
    return {};
  },
  async GetBucketRequestPayment(input, { store }) {
    await store.transact((tx) => getBucket(tx, input));
    return { Payer: "BucketOwner" };
  },
  async GetBucketWebsite(input, { store }) {
    await store.transact((tx) => getBucket(tx, input));
    throw fault("NoSuchWebsiteConfiguration", { BucketName: input.Bucket });
  },
  async GetBucketLifecycleConfiguration(input, { store }) {
    await store.transact((tx) => getBucket(tx, input));
    throw fault("NoSuchLifecycleConfiguration", { BucketName: input.Bucket });
  },
  async GetBucketReplication(input, { store }) {
    await store.transact((tx) => getBucket(tx, input));
    throw fault("ReplicationConfigurationNotFoundError", { BucketName: input.Bucket });
  },
  async GetObjectLockConfiguration(input, { store }) {
    await store.transact((tx) => getBucket(tx, input));
    throw fault("ObjectLockConfigurationNotFoundError", { BucketName: input.Bucket });
  },
} satisfies Handlers<typeof sdk>;

async function changeBucket(
  input: BucketInput,
  { store }: Context,
  change: (bucket: BucketRecord) => BucketRecord,
): Promise<void> {
  await store.transact(async (tx) => {
    putBucket(tx, input.Bucket ?? "", change(await getBucket(tx, input)));
  });
}

function readSetting<Shape>(
  input: BucketInput,
  { store }: Context,
  name: SettingName,
): Promise<Shape | undefined> {
  return store.transact(async (tx) => {
    await getBucket(tx, input);
    return getSetting<Shape>(tx, input.Bucket ?? "", name);
  });
}

async function writeSetting(
  input: BucketInput,
  { store }: Context,
  name: SettingName,
  setting: object,
): Promise<void> {
  await store.transact(async (tx) => {
    await getBucket(tx, input);
    putSetting(tx, input.Bucket ?? "", name, setting);
  });
}

async function dropSetting(input: BucketInput, { store }: Context, name: SettingName): Promise<void> {
  await store.transact(async (tx) => {
    await getBucket(tx, input);
    removeSetting(tx, input.Bucket ?? "", name);
  });
}

function encryptionRule(rules: readonly sdk.ServerSideEncryptionRule[] | undefined): Encryption {
  const [rule, second] = rules ?? [];
  const byDefault = rule?.ApplyServerSideEncryptionByDefault;
  const algorithm = byDefault?.SSEAlgorithm;
  if (!algorithm || second) throw fault("MalformedXML");
  if (algorithm !== "AES256" && algorithm !== "aws:kms" && algorithm !== "aws:kms:dsse") {
    throw fault("MalformedXML");
  }
  if (algorithm === "AES256" && byDefault.KMSMasterKeyID !== undefined) {
    const wording =
      "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
    throw fault("InvalidArgument", { ArgumentName: "ApplyServerSideEncryptionByDefault" }, wording);
  }
  return defined({ algorithm, kmsKeyId: byDefault.KMSMasterKeyID, bucketKey: rule?.BucketKeyEnabled });
}

/** Bytes of a policy. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html */
const MAX_POLICY_BYTES = 20 * 1024;

interface PolicyDocument {
  readonly Statement?: unknown;
}

function checkPolicy(policy: string): void {
  const document = parsePolicy(policy);
  if (Buffer.byteLength(policy) > MAX_POLICY_BYTES) {
    const wording = "Normalized policy document exceeds the maximum allowed size of";
    throw fault("MalformedPolicy", {}, `${wording} ${MAX_POLICY_BYTES} bytes.`);
  }
  if (document.Statement === undefined)
    throw fault("MalformedPolicy", {}, "Missing required field Statement");
}

function parsePolicy(policy: string): PolicyDocument {
  try {
    if (policy.startsWith("{")) return JSON.parse(policy) as PolicyDocument;
  } catch {
    throw fault("MalformedPolicy");
  }
  throw fault("MalformedPolicy");
}

async function readPolicy(input: BucketInput, context: Context): Promise<string> {
  const setting = await readSetting<{ policy: string }>(input, context, "policy");
  if (!setting) throw fault("NoSuchBucketPolicy", { BucketName: input.Bucket });
  return setting.policy;
}

/** Whether some statement lets everyone in without a condition. */
function isPublic(policy: string): boolean {
  const statements = [parsePolicy(policy).Statement].flat() as readonly Record<string, unknown>[];
  return statements.some((statement) => {
    const principal = statement?.Principal as string | Record<string, unknown> | undefined;
    const named = typeof principal === "object" ? [principal.AWS].flat() : [principal];
    return statement?.Effect === "Allow" && named.includes("*") && !statement.Condition;
  });
}
