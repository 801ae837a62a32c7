import type { KeptEvent } from "../model.ts";
import type { IssueClass } from "./failure.ts";
import type { Frame } from "./frames.ts";

export interface IssueQuery {
  /** An issue's id, or the beginning of it. */
  readonly id?: string;
  readonly functionName?: string;
  readonly class?: string;
  /** Epoch milliseconds, included: seen since. */
  readonly sinceMs?: number;
  /** How many at most; 50 when absent. */
  readonly limit?: number;
}

/** What failed in the same way, counted by what was to be done, not by how often it was tried. */
export interface Issue {
  readonly id: string;
  readonly class: IssueClass;
  readonly title: string;
  readonly functionName: string;
  readonly account: string;
  readonly region: string;
  /** Events, records of batches, or calls that it has struck. */
  readonly events: number;
  /** How often it was seen: retries count here alone. */
  readonly attempts: number;
  /** Events of them that went well in a later attempt. */
  readonly recovered: number;
  /** Events that nobody will try again: the caller was told, or they were given up. */
  readonly failedForGood: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly versions: readonly string[];
  /** How many execution environments have seen it. */
  readonly environments: number;
}

export interface IssueList {
  /** The one seen last first. */
  readonly issues: readonly Issue[];
  readonly more: boolean;
  /** Attempts that retention has removed since telemetry was last cleared. */
  readonly evicted: number;
}

/** One try at an event. */
export interface Try
  extends Pick<KeptEvent, "timeMs" | "requestId" | "attempt" | "failed" | "version" | "durationMs"> {
  readonly errorType?: string;
  readonly environment?: string;
}

/** Where an issue was seen last. */
export interface Sighting {
  readonly timeMs: number;
  readonly requestId: string;
  readonly traceId: string;
}

export interface IssueDetail {
  readonly issue: Issue;
  /** What its id was made of, in order: all that have these alike are one issue. */
  readonly grouped: readonly string[];
  readonly last: Sighting;
  /** The attempt it was seen in last, with its event and error document, where there was one. */
  readonly sample?: KeptEvent;
  /** The innermost call first. */
  readonly frames: readonly Frame[];
  /** All tries at the sample's event, in order. */
  readonly tries: readonly Try[];
}
