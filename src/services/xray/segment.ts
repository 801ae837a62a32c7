import { createHash } from "node:crypto";
import type { Members } from "./documents.ts";

// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html

/** What one service has to say of a trace. */
export interface Segment extends Members {
  readonly id: string;
  readonly name: string;
  readonly trace_id: string;
  readonly parent_id?: string;
  readonly origin: string;
  readonly start_time: number;
  /** Not yet, where it is still in progress. */
  readonly end_time?: number;
}

/** Others than the platform's own ids. */
export const derivedId = (spanId: string, what: string) =>
  createHash("sha256").update(`${spanId} ${what}`).digest("hex").slice(0, 16);
