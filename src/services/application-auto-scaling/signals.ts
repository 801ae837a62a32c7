import { DONE } from "../../store/outbox.ts";
import type { Background } from "../define.ts";
import { scalingSignals } from "../scaling-signals.ts";
import { findRecord, recordsOf } from "./records.ts";
import { decide, decideNow } from "./tracking.ts";
import { track } from "./worker.ts";

/** Carries out policies when alarms say so: their own by what they have seen, others' at once. */
export function followAlarms(background: Background): Promise<void> {
  return scalingSignals.run(background, async ({ work }) => {
    const { policyArn, alarm } = work;
    const found = await background.store.transact(async (tx) => {
      const policies = await recordsOf(tx, "policy");
      const policy = policies.find(({ arn }) => arn === policyArn);
      const target = policy && (await findRecord(tx, "target", policy, policy));
      return policy && target ? { policy, target } : undefined;
    });
    if (!found) return DONE;
    const { policy, target } = found;
    const cause = `monitor alarm ${alarm} in state ALARM triggered policy ${policy.name}`;
    const isOwn = alarm === policy.alarms?.high || alarm === policy.alarms?.low;
    await track(background, target, policy, isOwn ? decide : decideNow, cause);
    return DONE;
  });
}
