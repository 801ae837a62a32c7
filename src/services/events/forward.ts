import { Fault } from "../../kernel/faults.ts";
import type { Context } from "../define.ts";
import type { Sent } from "../targets.ts";
import { busMissing } from "./faults.ts";
import { parseBus } from "./names.ts";
import type { Delivery } from "./outbox.ts";
import { takesEventsFrom } from "./policy.ts";
import { publish } from "./publish.ts";
import { findBus } from "./require.ts";

/**
 * Passes an event on to another bus, of any account and region. A bus passes on only what came to it first:
 * what another bus sent ends here.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
 */
export async function forward(context: Context, delivery: Delivery): Promise<Sent> {
  const { store, clock, trace } = context;
  const { rule, event: text, origin } = delivery;
  const target = parseBus(delivery.target.Arn, rule);
  if (origin) throw thirdHop(origin.account !== target.account, origin.region !== target.region, target.name);
  const nowMs = Math.floor(clock.now());
  const event = JSON.parse(text);
  const publication = {
    id: String(event.id),
    timeMs: Date.parse(event.time),
    text,
    event,
    trace,
    origin: { account: rule.account, region: rule.region },
  };
  await store.transact(async (tx) => {
    const bus = await findBus(tx, target, nowMs);
    if (!bus) throw busMissing(target.name);
    if (takesEventsFrom(bus, rule.account)) return;
    throw new Fault(
      "AccessDeniedException",
      `The event bus ${target.name} does not permit events from account ${rule.account}.`,
    );
  });
  return {
    // In the transaction that ends the delivery, so that the other bus has the event exactly once.
    async write(tx) {
      const bus = await findBus(tx, target, nowMs);
      if (bus) await publish(store, tx, bus, publication, nowMs);
    },
  };
}

function thirdHop(otherAccount: boolean, otherRegion: boolean, bus: string): Fault {
  const code = otherAccount ? "ThirdAccountHop" : otherRegion ? "ThirdRegionHop" : "InvalidTarget";
  const message = `An event that came from another event bus is not passed on to a third one, ${bus}.`;
  return new Fault(code, message);
}
