import type { Fault } from "../../../kernel/faults.ts";

/** Why work with a bucket failed, as its description says it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export function failureOf({ code, message }: Fault): Failure {
  return { code: code === "NoSuchBucket" ? "S3NoSuchBucket" : code, message };
}
