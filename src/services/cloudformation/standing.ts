import type { Background } from "../define.ts";
import { read, type StackRecord, stackKey } from "./records.ts";
import { isSameTask, moveOn } from "./transition.ts";

const MINUTE_MS = 60_000;

/** What waits for a resource is ended with it: something else was asked of the stack. */
const OTHERWISE = "the stack is to be something else";

/** Sees that what is done for a stack ends when something else is asked of it, or when its time is over. */
export class Standing {
  readonly #over = new AbortController();
  readonly #stop = new AbortController();
  readonly #timer: { cancel(): void } | undefined;
  readonly signal: AbortSignal;

  constructor(world: Background, stack: StackRecord) {
    this.signal = AbortSignal.any([world.signal, this.#over.signal]);
    this.#timer = limited(world, stack);
    this.#watch(world, stack).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) world.log.error("a stack is not looked at", { error });
    });
  }

  async #watch({ store }: Background, stack: StackRecord): Promise<void> {
    const key = stackKey(stack, stack.stackId);
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const news = store.watch(key, signal);
      news.catch(() => undefined);
      const current = await store.transact((tx) => read<StackRecord>(tx, key));
      if (!isSameTask(stack, current)) return this.#over.abort(OTHERWISE);
      await news;
    }
  }

  end(): void {
    this.#timer?.cancel();
    this.#stop.abort("over");
  }
}

/** A stack that takes too long to be made goes back. */
function limited(world: Background, stack: StackRecord): { cancel(): void } | undefined {
  const { timeoutMinutes, operation, status } = stack;
  if (timeoutMinutes === undefined || !operation || status !== "CREATE_IN_PROGRESS") return undefined;
  return world.clock.at(operation.sinceMs + timeoutMinutes * MINUTE_MS, () => {
    const end = world.begin();
    const reason = "Stack creation time exceeded the specified timeout";
    void moveOn(world, stack, ...afterFailure(stack, `${reason}. `)).finally(end);
  });
}

/** What becomes of a stack that could not be made. */
export function afterFailure(
  { onFailure }: StackRecord,
  reason: string,
): [StackRecord["status"], Partial<StackRecord>] {
  const failure = reason;
  if (onFailure === "DO_NOTHING") return ["CREATE_FAILED", { reason, failure }];
  if (onFailure === "DELETE")
    return ["DELETE_IN_PROGRESS", { reason: `${reason}Delete requested by user.`, failure }];
  return ["ROLLBACK_IN_PROGRESS", { reason: `${reason}Rollback requested by user.`, failure }];
}
