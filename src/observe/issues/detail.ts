import type { KeptEvent } from "../model.ts";
import { failureOf, framesIn } from "./failure.ts";
import type { Issue, IssueDetail, Try } from "./model.ts";

/** An issue with the last attempt that failed so, explained. */
export function detailOf(issue: Issue, sample: KeptEvent, tries: readonly Try[]): IssueDetail {
  return {
    issue,
    grouped: failureOf(sample)?.grouped ?? [],
    sample,
    frames: framesIn(sample.result),
    tries,
  };
}
