import type { Chaos, ChaosSubject } from "../kernel/chaos.ts";
import type { Context } from "./define.ts";

/** Members of inputs that name what is acted on. */
const NAMING = /(?:Name|Arn|ARN|Url|Id|Bucket|Key)$/;

/** Calls an operation, with what befalls it on purpose: a delay, then a fault before or after its effect. */
export async function disturbed<Output>(
  chaos: Chaos,
  called: { readonly service: string; readonly operation: string },
  input: Readonly<Record<string, unknown>>,
  context: Context,
  act: () => Promise<Output>,
): Promise<Output> {
  const { scope, trace, requestId, clock, signal } = context;
  const subject: ChaosSubject = { ...called, ...scope, trace, requestId, names: namesIn(input) };
  const delay = chaos.strike("delay", subject);
  if (delay) {
    // Who waits for nothing to happen need not wait for this.
    const goOn = context.rest();
    await clock.sleep(delay.delayMs, signal).catch(() => {});
    goOn();
  }
  const mishap = chaos.strike("throttle", subject) ?? chaos.strike("error", subject);
  if (mishap && !mishap.afterEffect) throw mishap.fault;
  const output = await act();
  if (mishap) throw mishap.fault;
  return output;
}

/** Values that name something, and their last part: of an ARN or a queue's URL. */
function namesIn(input: Readonly<Record<string, unknown>>): string[] {
  const names: string[] = [];
  for (const [member, value] of Object.entries(input)) {
    if (typeof value !== "string" || !NAMING.test(member)) continue;
    names.push(value);
    const last = value.split(/[/:]/).at(-1);
    if (last && last !== value) names.push(last);
  }
  return names;
}
