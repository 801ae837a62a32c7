import type { KeptEvent } from "../model.ts";
import type { Frame } from "./frames.ts";
import { documentOf, framesIn, framesOf } from "./frames.ts";
import type { Issue, IssueDetail, Try } from "./model.ts";
import type { Strike } from "./strikes.ts";

/** What an issue was seen in last. */
export interface Seen {
  readonly strike: Strike;
  readonly sample: KeptEvent | undefined;
  /** The line that told of it. */
  readonly message: string | undefined;
}

/** An issue with what it was seen in last, explained. */
export function detailOf(issue: Issue, seen: Seen, tries: readonly Try[]): IssueDetail {
  const { timeMs, requestId, traceId, grouped } = seen.strike;
  const { sample } = seen;
  return {
    issue,
    grouped,
    last: { timeMs, requestId, traceId },
    ...(sample ? { sample } : {}),
    frames: framesOfSeen(seen),
    tries,
  };
}

function framesOfSeen({ strike, sample, message }: Seen): readonly Frame[] {
  if (strike.from === "attempt") return sample?.frames ?? withoutPaths(framesOf(documentOf(sample?.result)));
  return withoutPaths(framesIn((message ?? "").split("\n")));
}

const withoutPaths = (frames: ReturnType<typeof framesOf>): Frame[] =>
  frames.map(({ path: _, ...frame }) => frame);

/** Whether an attempt was one at this event, or at a batch that held it. */
export const idsOf = ({ items, requestId }: Pick<KeptEvent, "items" | "requestId">): string[] =>
  (items ?? requestId).replaceAll("!", "").split(" ");
