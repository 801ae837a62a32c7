import { createHash } from "node:crypto";
import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import type { Context, Session } from "../define.ts";
import { fault, validationError } from "./faults.ts";

const LONGEST_CHAINED_SECONDS = 3600;
const PACKED_POLICY_BYTES = 2048;

/** The account and name of a role's ARN; refuses what is not one. */
export function parseRole(roleArn: string): { account: string; name: string } {
  const arn = parseArn(roleArn);
  const match = /^role\/(?:.*\/)?([\w+=,.@-]{1,64})$/.exec(arn?.resource ?? "");
  if (arn?.service !== "iam" || !/^\d{12}$/.test(arn.account) || !match?.[1]) {
    throw validationError(`${roleArn} is invalid`);
  }
  return { account: arn.account, name: match[1] };
}

/** AROA and 17 characters: the role's unique id, the same whenever the same role is assumed. */
export function roleId(roleArn: string): string {
  return `AROA${uniqueCharacters(roleArn)}`;
}

function uniqueCharacters(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const digest = createHash("sha256").update(text).digest();
  return Array.from(digest.subarray(0, 17), (byte) => alphabet[byte & 31]).join("");
}

/** Credentials as the API gives them, valid for `seconds` from now. */
export function issue(context: Context, session: Omit<Session, "expiresAtMs">, seconds: number) {
  const expiresAtMs = Math.floor(context.clock.now() / 1000) * 1000 + seconds * 1000;
  const issued = context.credentials.issue({ ...session, expiresAtMs });
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: new Date(expiresAtMs),
  };
}

/** A role that assumes a role gets one hour at most. */
export function refuseLongChains(context: Context, seconds: number | undefined): void {
  const chained = context.principal.arn.includes(":assumed-role/");
  if (chained && seconds !== undefined && seconds > LONGEST_CHAINED_SECONDS) {
    throw validationError(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
}

export interface SessionPolicies {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { arn?: string | undefined }[] | undefined;
  readonly Tags?: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined;
}

/**
 * Checks session policies and tags, and gives how full they make the session, in percent, or undefined
 * when there are none.
 */
export function packedPolicySize(input: SessionPolicies): number | undefined {
  const { Policy, PolicyArns = [], Tags = [] } = input;
  if (Policy !== undefined) refuseMalformedPolicy(Policy);
  if (PolicyArns.length > 10) {
    throw fault("PackedPolicyTooLargeException", "A session takes at most 10 managed policies.");
  }
  refuseRepeatedTags(Tags);
  if (Policy === undefined && PolicyArns.length === 0 && Tags.length === 0) return undefined;
  const tagBytes = Tags.reduce((sum, tag) => sum + (tag.Key ?? "").length + (tag.Value ?? "").length, 0);
  const arnBytes = PolicyArns.reduce((sum, policy) => sum + (policy.arn ?? "").length, 0);
  const percent = Math.ceil(
    (((Policy ?? "").length + tagBytes + arnBytes) * 100) / (PACKED_POLICY_BYTES * 4),
  );
  if (percent > 100) {
    throw fault(
      "PackedPolicyTooLargeException",
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  }
  return percent;
}

function refuseMalformedPolicy(policy: string): void {
  const document = parseObject(policy);
  if (!document || !("Statement" in document)) {
    throw fault("MalformedPolicyDocumentException", "Syntax errors in policy.");
  }
}

function refuseRepeatedTags(tags: NonNullable<SessionPolicies["Tags"]>): void {
  const seen = new Set<string>();
  for (const { Key = "" } of tags) {
    const folded = Key.toLowerCase();
    if (seen.has(folded)) {
      throw new Fault(
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    }
    seen.add(folded);
  }
}

/** The JSON object in `text`, or undefined. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
