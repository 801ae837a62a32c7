import type * as sdk from "@aws-sdk/client-scheduler";
import { defineOutbox } from "../../store/outbox.ts";
import type { Exhausted } from "../target-retries.ts";
import type { ScheduleName } from "./names.ts";

/** Why no further attempt is made. */
export interface GivenUp {
  readonly code: string;
  readonly message: string;
  readonly exhausted?: Exhausted | undefined;
}

/** One occurrence of a schedule on its way to its target. */
export interface Invocation {
  readonly v: 1;
  readonly of: ScheduleName;
  readonly revision: string;
  /** As it was when the occurrence was due. */
  readonly target: sdk.Target;
  readonly timeMs: number;
  /** When it was due: its age counts from here. */
  readonly dueMs: number;
  readonly executionId: string;
  readonly trace: string;
  /** Attempts that failed and were made again. */
  readonly retries: number;
  /** No occurrence follows, and the schedule is to be deleted then. */
  readonly isLast: boolean;
  /** It is on its way to the dead-letter queue, which has to be asked again. */
  readonly givenUp?: GivenUp;
}

export const invocations = defineOutbox<Invocation>("schedulerInvocations");
