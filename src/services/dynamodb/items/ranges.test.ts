import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryStore } from "../../../store/drivers/memory.ts";
import { keyConditionHolds, type SortCondition } from "../expressions/key-condition.ts";
import { putItemAt } from "../records.ts";
import { newTableRecord } from "../tables/build.ts";
import { compileTable, type Table } from "../tables/catalog.ts";
import { compareValues } from "../values/compare.ts";
import { canonicalNumber } from "../values/decimal.ts";
import type { KeyType } from "../values/keys.ts";
import { itemSize } from "../values/size.ts";
import type { AttributeValue, Item } from "../values/value.ts";
import { readPage } from "./page.ts";
import { hashOf, placeOf } from "./places.ts";
import { queryRange, segmentHashes } from "./ranges.ts";

function tableOf(type: KeyType): Table {
  const record = newTableRecord(
    {
      TableName: "ranges",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: type },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    },
    { scope: { account: "000000000000", region: "us-east-1" }, name: "ranges", id: "", number: 1 },
    0,
  );
  return compileTable(record);
}

/** Few letters, so that keys begin alike; the last and the first of each kind among them. */
const text = fc
  .array(fc.constantFrom("a", "b", "\0", "\u{10ffff}", "\ud7ff", "\ue000", "é"), {
    minLength: 1,
    maxLength: 4,
  })
  .map((letters) => ({ S: letters.join("") }));
const binary = fc
  .array(fc.constantFrom(0, 1, 0x7f, 0xfe, 0xff), { minLength: 1, maxLength: 4 })
  .map((bytes) => ({ B: Uint8Array.from(bytes) }));
const number = fc
  .oneof(fc.integer({ min: -20, max: 20 }).map(String), fc.constantFrom("1e125", "-1e125", "0.5", "-1e-130"))
  .map((digits) => ({ N: canonicalNumber(digits) }));

const values = { S: text, B: binary, N: number } satisfies Record<KeyType, fc.Arbitrary<AttributeValue>>;

function conditionOf(value: fc.Arbitrary<AttributeValue>, type: KeyType): fc.Arbitrary<SortCondition> {
  const operators = ["=", "<", "<=", ">", ">=", ...(type === "N" ? [] : ["begins_with"])] as const;
  const one = fc.record({ operator: fc.constantFrom(...operators), value }) as fc.Arbitrary<SortCondition>;
  const between = fc.record({ operator: fc.constant("BETWEEN" as const), low: value, high: value });
  return fc.oneof({ arbitrary: one, weight: 5 }, { arbitrary: between, weight: 1 });
}

test.each(["S", "B", "N"] as const)(
  "a range of keys of type %s holds what its condition says",
  async (type) => {
    const table = tableOf(type);
    const value: fc.Arbitrary<AttributeValue> = values[type];
    const property = fc.asyncProperty(
      fc.array(value, { maxLength: 12 }),
      conditionOf(value, type),
      fc.boolean(),
      async (list, sort, reverse) => {
        const store = createMemoryStore();
        const partition = { S: "here" };
        const items: Item[] = list.map((sk) => ({ pk: partition, sk }));
        const page = await store.transact(async (tx) => {
          for (const one of items) putItemAt(tx, placeOf(table, one), one, itemSize(one));
          // Neighbours that no query for the partition key may find.
          for (const pk of ["her", "here\0", "heref"]) {
            for (const { sk } of items) {
              const one = sk && { pk: { S: pk }, sk };
              if (one) putItemAt(tx, placeOf(table, one), one, itemSize(one));
            }
          }
          const range = queryRange(table, undefined, { partition, sort });
          return readPage(tx, { table, range, reverse, limit: undefined, fetches: false });
        });
        await store.close();
        const order = (one: Item, other: Item) =>
          compareValues(one.sk ?? ({} as never), other.sk ?? ({} as never)) ?? 0;
        const distinct = items.filter(
          (one, at) => items.findIndex((other) => order(one, other) === 0) === at,
        );
        const expected = distinct
          .filter((one) => keyConditionHolds({ partition, sort }, table.schema, one))
          .sort(order);
        expect(page.items.map(({ item }) => item)).toEqual(reverse ? expected.reverse() : expected);
      },
    );
    await fc.assert(property, { numRuns: 150 });
  },
);

test("segments share the hashes among them, and keys that count up fall evenly", () => {
  for (const total of [1, 3, 7, 1_000_000]) {
    const [, lastEnd] = segmentHashes({ number: total - 1, total });
    expect(segmentHashes({ number: 0, total })[0]).toBe(0);
    expect(lastEnd).toBe(2 ** 32);
    for (const number of [1, 2].filter((one) => one < total)) {
      expect(segmentHashes({ number, total })[0]).toBe(segmentHashes({ number: number - 1, total })[1]);
    }
  }
  const counts = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let n = 0; n < 8000; n++) {
    const segment = Math.floor((hashOf(`user#${n}`) / 2 ** 32) * counts.length);
    counts[segment] = (counts[segment] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
