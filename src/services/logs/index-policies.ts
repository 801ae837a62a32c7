import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import type { LogEvent } from "./event.ts";
import { invalid, missing } from "./faults.ts";
import { DEFAULT_INDEXES, type FieldIndex, indexesIn } from "./index-rules.ts";
import { rowOf } from "./log-records.ts";
import { groupArn, identifiedGroup } from "./names.ts";
import { eventPages } from "./reading.ts";
import { type GroupRecord, writeGroup } from "./records.ts";

/** Events that are looked at for the first, or the last, with a field. */
const MOST_LOOKED_AT = 10_000;
const SHOWN = ["DEFAULT", "CUSTOM", "INACTIVE"];

/** By which fields groups are indexed: `filterIndex` looks at those groups only. */
export const indexPolicies = {
  async PutIndexPolicy({ logGroupIdentifier = "", policyDocument = "" }, { store, scope, clock }) {
    const indexes = indexesIn(policyDocument);
    const group = await store.transact(async (tx) => {
      const known = await requireGroup(tx, identifiedGroup(scope, logGroupIdentifier));
      if (known.class !== "STANDARD") {
        throw invalid("Only log groups in the Standard log class support field index policies.");
      }
      const former = formerAfter(known, indexes);
      const updatedMs = Math.floor(clock.now());
      const next = { ...known, indexPolicy: { document: policyDocument, updatedMs, former } };
      writeGroup(tx, next);
      return next;
    });
    return { indexPolicy: describe(group) };
  },

  async DescribeIndexPolicies({ logGroupIdentifiers = [] }, context) {
    const groups = await groupsOf(context, logGroupIdentifiers);
    return { indexPolicies: groups.filter(({ indexPolicy }) => indexPolicy).map(describe) };
  },

  async DeleteIndexPolicy({ logGroupIdentifier = "" }, { store, scope }) {
    await store.transact(async (tx) => {
      const { indexPolicy, ...group } = await requireGroup(tx, identifiedGroup(scope, logGroupIdentifier));
      if (!indexPolicy) throw missing("The specified index policy does not exist.");
      writeGroup(tx, group);
    });
    return {};
  },

  async DescribeFieldIndexes({ logGroupIdentifiers = [], indexCategories = [] }, context) {
    const categories = indexCategories.length > 0 ? indexCategories : SHOWN;
    const fieldIndexes: sdk.FieldIndex[] = [];
    for (const group of await groupsOf(context, logGroupIdentifiers)) {
      const wanted = categorized(group).filter(([category]) => categories.includes(category));
      for (const [indexCategory, index] of wanted) {
        const times = await timesOf(context, group, index);
        const { name: fieldIndexName, type } = index;
        fieldIndexes.push({
          logGroupIdentifier: groupArn(group),
          fieldIndexName,
          type,
          indexCategory,
          ...times,
        });
      }
    }
    return { fieldIndexes };
  },
} satisfies Handlers<typeof sdk>;

async function groupsOf({ store, scope }: Context, identifiers: readonly string[]): Promise<GroupRecord[]> {
  return await store.transact(async (tx) => {
    const groups: GroupRecord[] = [];
    for (const identifier of identifiers)
      groups.push(await requireGroup(tx, identifiedGroup(scope, identifier)));
    return groups;
  });
}

/** Fields that are indexed no longer, once a policy says these. */
function formerAfter({ indexPolicy }: GroupRecord, next: readonly FieldIndex[]): FieldIndex[] {
  if (!indexPolicy) return [];
  const known = [...indexesIn(indexPolicy.document), ...indexPolicy.former];
  return known.filter(({ name }) => !next.some((index) => index.name === name));
}

function categorized(group: GroupRecord): (readonly [sdk.IndexCategory, FieldIndex])[] {
  if (group.class !== "STANDARD") return [];
  const { indexPolicy: policy } = group;
  return [
    ...DEFAULT_INDEXES.map((name) => ["DEFAULT", { name, type: "FIELD_INDEX" }] as const),
    ...(policy ? indexesIn(policy.document) : []).map((index) => ["CUSTOM", index] as const),
    ...(policy?.former ?? []).map((index) => ["INACTIVE", index] as const),
  ];
}

/** The first and the last event with a field, since the policy was put. */
async function timesOf(context: Context, group: GroupRecord, { name }: FieldIndex) {
  const sinceMs = DEFAULT_INDEXES.includes(name) ? 0 : (group.indexPolicy?.updatedMs ?? 0);
  const [first, last] = [
    await eventWith(context, group, name, { sinceMs, reverse: false }),
    await eventWith(context, group, name, { sinceMs, reverse: true }),
  ];
  if (!first || !last) return {};
  return { firstEventTime: first.timeMs, lastEventTime: last.timeMs, lastScanTime: last.ingestedMs };
}

async function eventWith(
  context: Context,
  group: GroupRecord,
  field: string,
  { sinceMs, reverse }: { readonly sinceMs: number; readonly reverse: boolean },
): Promise<LogEvent | undefined> {
  const nowMs = context.clock.now();
  let looked = 0;
  const range = { group, fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER, reverse };
  for await (const page of eventPages(context, range, nowMs)) {
    for (const event of page) {
      if (event.ingestedMs >= sinceMs && rowOf(group, event).get(field) !== undefined) return event;
    }
    looked += page.length;
    if (looked >= MOST_LOOKED_AT) return undefined;
  }
  return undefined;
}

function describe(group: GroupRecord): sdk.IndexPolicy {
  return {
    logGroupIdentifier: groupArn(group),
    lastUpdateTime: group.indexPolicy?.updatedMs,
    policyDocument: group.indexPolicy?.document,
    source: "LOG_GROUP",
  };
}
