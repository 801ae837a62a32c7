import type { AnswerStream } from "../kernel/functions.ts";
import type { StreamedAnswer } from "./answer.ts";
import type { Outcome } from "./outcome.ts";
import type { RuntimeProcess } from "./process.ts";

/** An attempt that waits for its outcome. */
export interface Waiting {
  readonly requestId: string;
  readonly settle: (outcome: Outcome) => void;
  /** Who takes a streamed answer as it comes, and that answer once it has begun. */
  readonly stream: AnswerStream | undefined;
  answer?: StreamedAnswer;
  /** Decided while the process still has to end. */
  verdict?: Outcome;
}

export interface Wait extends Pick<Waiting, "requestId"> {
  readonly limitMs: number;
  /** The limit as the caller is told of it. */
  readonly toldMs: number;
  readonly process: RuntimeProcess;
  readonly stream?: AnswerStream | undefined;
}
