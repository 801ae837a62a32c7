import type * as sdk from "@aws-sdk/client-xray";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { pageStart } from "./ranges.ts";

/** What all clients did with one rule's requests in one minute. */
interface StatisticsRecord {
  readonly v: 1;
  readonly rule: string;
  readonly minuteMs: number;
  readonly requests: number;
  readonly sampled: number;
  readonly borrowed: number;
}

const MINUTE_MS = 60_000;
/** How far back they are told; AWS speaks of recent ones. */
const KEPT_MS = 3_600_000;
const PAGE = 100;

const keyOf = ({ account, region }: Scope, ...rest: (string | number)[]): Key => [
  "xrayStatistics",
  account,
  region,
  ...rest,
];

/** What clients have told of their sampling, rule by rule and minute by minute. */
export const samplingStatistics = {
  async GetSamplingStatisticSummaries({ NextToken }, { store, scope, clock }) {
    const start = pageStart(NextToken);
    const all: sdk.SamplingStatisticSummary[] = [];
    await store.transact(async (tx) => {
      const range = { prefix: keyOf(scope), gte: keyOf(scope, clock.now() - KEPT_MS) };
      for await (const [, value] of tx.range(range)) all.push(describe(value as unknown as StatisticsRecord));
    });
    const next = start + PAGE < all.length ? { NextToken: String(start + PAGE) } : {};
    return { SamplingStatisticSummaries: all.slice(start, start + PAGE), ...next };
  },
} satisfies Handlers<typeof sdk>;

const describe = ({ rule, minuteMs, requests, sampled, borrowed }: StatisticsRecord) => ({
  RuleName: rule,
  Timestamp: new Date(minuteMs),
  RequestCount: requests,
  SampledCount: sampled,
  BorrowCount: borrowed,
});

/** Adds what one client tells of a rule. */
export async function addStatistics(
  tx: Transaction,
  { scope, clock }: Context,
  {
    RuleName: rule = "",
    RequestCount = 0,
    SampledCount = 0,
    BorrowCount = 0,
  }: sdk.SamplingStatisticsDocument,
): Promise<void> {
  const minuteMs = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;
  const key = keyOf(scope, minuteMs, rule);
  const before = (await tx.get(key)) as unknown as StatisticsRecord | undefined;
  const record: StatisticsRecord = {
    v: 1,
    rule,
    minuteMs,
    requests: (before?.requests ?? 0) + RequestCount,
    sampled: (before?.sampled ?? 0) + SampledCount,
    borrowed: (before?.borrowed ?? 0) + BorrowCount,
  };
  tx.clear({ prefix: keyOf(scope), lt: keyOf(scope, minuteMs - KEPT_MS) });
  tx.set(key, record as unknown as Value);
}
