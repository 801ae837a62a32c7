import { newTrace } from "../../kernel/trace.ts";
import type { Store } from "../../store/store.ts";
import type { Background, Context, InvokeSource } from "../define.ts";

const worlds = new WeakMap<Store, Background>();

/** X-Ray as resource policies know it, for any of an account's traces. */
export const senderOf = ({ scope: { account, region } }: Context): InvokeSource => ({
  service: "xray.amazonaws.com",
  sourceArn: `arn:aws:xray:${region}:${account}:*`,
  sourceAccount: account,
});

/** Has the service act in its own name from here on. */
export async function actByItself(world: Background): Promise<void> {
  worlds.set(world.store, world);
}

/**
 * The service itself, where the caller is: what it does is in nobody's trace. With a sender, resource
 * policies must let it in.
 */
export function ownContext(context: Context, sender?: InvokeSource): Context {
  const { clock, ids, scope, store } = context;
  const trace = { ...newTrace(clock, ids), sampled: false };
  return worlds.get(store)?.as(scope, trace, sender) ?? context;
}
