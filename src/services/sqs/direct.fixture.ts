// The service without a platform around it: handlers on a store, and a time that is set by hand.

import { createIds } from "../../kernel/ids.ts";
import { NO_CHAOS } from "../../kernel/no-chaos.fixture.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { service } from "./service.ts";

type Handlers = Required<typeof service.handlers>;

export interface Direct {
  nowMs: number;
  /** The operations, with nothing but their input. */
  readonly call: {
    [Name in keyof Handlers]: (input: Parameters<Handlers[Name]>[0]) => ReturnType<Handlers[Name]>;
  };
}

export function directSqs(store: Store): Direct {
  const direct = { nowMs: 1_700_000_000_000 };
  const context = {
    store,
    ids: createIds(),
    recorder: { span() {} },
    clock: { now: () => direct.nowMs },
    scope: { account: "000000000000", region: "us-east-1" },
    principal: { userId: "000000000000" },
    trace: { root: `1-00000000-${"0".repeat(24)}`, sampled: true, lineage: [] },
    endpoint: "http://localhost:4566",
    signal: new AbortController().signal,
    chaos: NO_CHAOS,
  } as unknown as Context;
  const call: Record<string, unknown> = {};
  for (const [name, handler] of Object.entries(service.handlers)) {
    const run = handler as (input: unknown, context: Context) => Promise<unknown>;
    call[name] = (input: unknown) => run(input, context);
  }
  return Object.assign(direct, { call: call as unknown as Direct["call"] });
}
