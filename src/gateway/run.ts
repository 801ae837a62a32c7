import { describeChanges, snapshot } from "./debug.ts";
import type { Exchange } from "./exchange.ts";
import { toFault } from "./send.ts";
import { STEPS, type Step } from "./steps.ts";

const ENCODE = STEPS.findIndex((step) => step.name === "encode");
const SEND = STEPS.findIndex((step) => step.name === "send");

/**
 * Takes a request through the steps from `index` on. A step that has nothing to wait for returns
 * nothing, and the next one follows at once: a promise a step would cost more than most steps do.
 */
export function run(x: Exchange, index = 0): void | Promise<void> {
  let at = index;
  while (at < STEPS.length) {
    const step = STEPS[at];
    if (!step) return;
    try {
      const pending = x.core.options.debug ? runAloud(x, step) : step.run(x);
      if (pending) {
        const here = at;
        return pending.then(
          () => run(x, next(x, here)),
          (error) => run(x, failed(x, here, error)),
        );
      }
      at = next(x, at);
    } catch (error) {
      at = failed(x, at, error);
    }
  }
}

/** A response that is there before it was encoded needs nothing more, but for a site's to be recorded. */
function next(x: Exchange, index: number): number {
  return index < ENCODE && x.response && !x.site ? SEND : index + 1;
}

/** Where to go on after a step that threw. */
function failed(x: Exchange, index: number, error: unknown): number {
  if (index < ENCODE) {
    x.fault = toFault(x, error);
    return ENCODE;
  }
  const fault = toFault(x, error);
  if (index === SEND) {
    x.outgoing.destroy();
    return STEPS.length;
  }
  if (index > ENCODE) return index + 1;
  if (!x.fault) {
    // The output does not fit its schema: the service's mistake, which the client hears of as such.
    x.fault = fault;
    return ENCODE;
  }
  x.response = { status: 500, headers: { "content-type": "text/plain" }, body: fault.message };
  return ENCODE + 1;
}

/** Prints what the step changed. */
function runAloud(x: Exchange, step: Step): void | Promise<void> {
  const before = snapshot(x);
  const tell = () => {
    x.core.options.log.info(`${x.method} ${x.path} ${step.name}${describeChanges(before, snapshot(x))}`);
  };
  let pending: void | Promise<void>;
  try {
    pending = step.run(x);
  } catch (error) {
    x.core.options.log.info(`${x.method} ${x.path} ${step.name}: threw ${String(error)}`);
    throw error;
  }
  if (pending) return pending.then(tell);
  tell();
}
