/** Where a resource lives: every ARN, record and request belongs to exactly one scope. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export const PARTITION = "aws";
export const DEFAULT_ACCOUNT = "000000000000";
export const DEFAULT_REGION = "us-east-1";

/**
 * The account that an access key stands for: a key of 12 digits is the account itself, any other key
 * belongs to `fallback`.
 */
export function accountOf(accessKeyId: string | undefined, fallback: string): string {
  return accessKeyId !== undefined && /^\d{12}$/.test(accessKeyId) ? accessKeyId : fallback;
}

/** In the user agent of a client that reads only to show: its calls are no part of what is observed. */
export const READER = "nuage-reader";
