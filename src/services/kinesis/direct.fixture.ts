// The service without a platform around it: handlers on a store, and a time that is set by hand.

import { createIds } from "../../kernel/ids.ts";
import { createMetrics } from "../../kernel/metrics.ts";
import { NO_CHAOS } from "../../kernel/no-chaos.fixture.ts";
import type { Usage } from "../../kernel/telemetry.ts";
import type { Store } from "../../store/store.ts";
import type { Background, CapacityMode, Context } from "../define.ts";
import { follow as followTraffic } from "./demand.ts";
import { service } from "./service.ts";

type Handlers = Required<typeof service.handlers>;

export interface Direct {
  nowMs: number;
  /** Has on-demand streams follow their traffic, as the service does by itself when they are due. */
  follow(): Promise<void>;
  /** What was noted for the bill. */
  readonly usages: Usage[];
  readonly context: Context;
  /** The operations, with nothing but their input. */
  readonly call: {
    [Name in keyof Handlers]: (input: Parameters<Handlers[Name]>[0]) => ReturnType<Handlers[Name]>;
  };
}

export function directKinesis(store: Store, capacity: CapacityMode = "off"): Direct {
  const usages: Usage[] = [];
  const direct = { nowMs: 1_700_000_000_000, usages };
  const context = {
    store,
    capacity,
    chaos: NO_CHAOS,
    ids: createIds(),
    clock: { now: () => direct.nowMs, monotonic: () => direct.nowMs },
    metrics: createMetrics(),
    recorder: { usage: (usage: Usage) => void usages.push(usage) },
    scope: { account: "000000000000", region: "us-east-1" },
    principal: { accessKeyId: "test", userId: "000000000000" },
    trace: { root: `1-00000000-${"0".repeat(24)}`, sampled: true, lineage: [] },
    signal: new AbortController().signal,
  } as unknown as Context;
  const call: Record<string, unknown> = {};
  for (const [name, handler] of Object.entries(service.handlers)) {
    const run = handler as (input: unknown, context: Context) => Promise<unknown>;
    call[name] = (input: unknown) => run(input, context);
  }
  const follow = async () => {
    for (let dueMs = await due(); dueMs !== undefined && dueMs <= direct.nowMs; ) dueMs = await due();
  };
  const due = () => followTraffic(context as unknown as Background);
  return Object.assign(direct, { follow, context, call: call as unknown as Direct["call"] });
}
