import type * as sdk from "@aws-sdk/client-xray";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Value } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { invalid, missing } from "./faults.ts";

interface IndexingRecord {
  readonly v: 1;
  /** Of traces: 0 to 100. */
  readonly desiredPercent: number;
  readonly modifiedMs: number;
}

/** The one rule that there is, as AWS has it before anybody changes it. */
const DEFAULT = "Default";
const UNCHANGED: IndexingRecord = { v: 1, desiredPercent: 1, modifiedMs: 0 };
/** Every trace is found by its summary here, whatever is desired. */
const ACTUAL_PERCENT = 100;

const keyOf = ({ account, region }: Scope): Key => ["xrayIndexing", account, region];

/** How many of the traces that go to the log group of spans are to have summaries. */
export const indexing = {
  async GetIndexingRules({ NextToken }, { store, scope }) {
    if (NextToken !== undefined) throw invalid("Invalid NextToken.");
    const record = await store.transact((tx) => tx.get(keyOf(scope)));
    return { IndexingRules: [describe((record as unknown as IndexingRecord | undefined) ?? UNCHANGED)] };
  },

  async UpdateIndexingRule({ Name, Rule }, { store, scope, clock }) {
    if (Name === undefined) throw invalid("Name is required.");
    if (Name !== DEFAULT) throw missing(`Indexing rule ${Name} does not exist.`);
    const desiredPercent = Rule?.Probabilistic?.DesiredSamplingPercentage;
    if (desiredPercent === undefined) throw invalid("Rule must have a DesiredSamplingPercentage.");
    if (!(desiredPercent >= 0 && desiredPercent <= 100)) {
      throw invalid("DesiredSamplingPercentage must be between 0 and 100.");
    }
    const record: IndexingRecord = { v: 1, desiredPercent, modifiedMs: clock.now() };
    await store.transact(async (tx) => tx.set(keyOf(scope), record as unknown as Value));
    return { IndexingRule: describe(record) };
  },
} satisfies Handlers<typeof sdk>;

const describe = ({ desiredPercent, modifiedMs }: IndexingRecord): sdk.IndexingRule => ({
  Name: DEFAULT,
  ModifiedAt: new Date(modifiedMs),
  Rule: {
    Probabilistic: { DesiredSamplingPercentage: desiredPercent, ActualSamplingPercentage: ACTUAL_PERCENT },
  },
});
