import type * as sdk from "@aws-sdk/client-s3";
import type { Store } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault, invalidArgument } from "./faults.ts";
import { defined } from "./metadata.ts";
import { findBucket, getBucket, getSetting, putSetting, removeSetting } from "./records.ts";

const METHODS: ReadonlySet<string> = new Set(["GET", "PUT", "HEAD", "POST", "DELETE"]);
const MAX_RULES = 100;

/** One rule as it is kept; the first one that fits a request's origin, method and headers holds. */
export interface StoredCorsRule {
  readonly id?: string;
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
}

export const cors = {
  async GetBucketCors(input, { store }) {
    const name = input.Bucket ?? "";
    const rules = await store.transact(async (tx) => {
      await getBucket(tx, input);
      return getSetting<StoredCorsRule[]>(tx, name, "cors");
    });
    if (!rules) throw fault("NoSuchCORSConfiguration", { BucketName: name });
    return { CORSRules: rules.map(ruleMember) };
  },

  async PutBucketCors(input, { store }) {
    const rules = checkRules(input.CORSConfiguration?.CORSRules);
    await store.transact(async (tx) => {
      await getBucket(tx, input);
      putSetting(tx, input.Bucket ?? "", "cors", rules);
    });
    return {};
  },

  async DeleteBucketCors(input, { store }) {
    await store.transact(async (tx) => {
      await getBucket(tx, input);
      removeSetting(tx, input.Bucket ?? "", "cors");
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** A bucket's rules, none for a bucket that has none or is not there. */
export function corsRulesOf(store: Store, bucket: string): Promise<readonly StoredCorsRule[]> {
  return store.transact(async (tx) => {
    if (!(await findBucket(tx, bucket))) return [];
    return (await getSetting<StoredCorsRule[]>(tx, bucket, "cors")) ?? [];
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html */
function checkRules(rules: readonly sdk.CORSRule[] | undefined): StoredCorsRule[] {
  if (!rules?.length || rules.length > MAX_RULES) throw fault("MalformedXML");
  return rules.map((rule) => {
    const { AllowedMethods: methods, AllowedOrigins: origins } = rule;
    if (!methods?.length || !origins?.length) throw fault("MalformedXML");
    for (const method of methods) {
      if (METHODS.has(method)) continue;
      const wording = `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`;
      throw fault("InvalidRequest", {}, wording);
    }
    checkStars(origins, "AllowedOrigin");
    checkStars(rule.AllowedHeaders ?? [], "AllowedHeader");
    for (const header of rule.ExposeHeaders ?? []) {
      if (!header.includes("*")) continue;
      const wording = "contains wildcard. We currently do not support wildcard for ExposeHeader.";
      throw fault("InvalidRequest", {}, `ExposeHeader "${header}" ${wording}`);
    }
    if ((rule.ID?.length ?? 0) > 255) throw invalidArgument("ID length should not exceed 255", "ID", rule.ID);
    return {
      allowedOrigins: origins,
      allowedMethods: methods,
      allowedHeaders: rule.AllowedHeaders ?? [],
      exposeHeaders: rule.ExposeHeaders ?? [],
      ...defined({ id: rule.ID, maxAgeSeconds: rule.MaxAgeSeconds }),
    };
  });
}

function checkStars(values: readonly string[], name: string): void {
  for (const value of values) {
    if (value.split("*").length <= 2) continue;
    throw fault("InvalidRequest", {}, `${name} "${value}" can not have more than one wildcard.`);
  }
}

function ruleMember(rule: StoredCorsRule): sdk.CORSRule {
  return {
    AllowedOrigins: [...rule.allowedOrigins],
    AllowedMethods: [...rule.allowedMethods],
    ...(rule.allowedHeaders.length ? { AllowedHeaders: [...rule.allowedHeaders] } : {}),
    ...(rule.exposeHeaders.length ? { ExposeHeaders: [...rule.exposeHeaders] } : {}),
    ...defined({ ID: rule.id, MaxAgeSeconds: rule.maxAgeSeconds }),
  };
}
