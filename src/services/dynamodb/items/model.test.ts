import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";
import { createIds } from "../../../kernel/ids.ts";
import { createHostileStore } from "../../../store/drivers/hostile.ts";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";

/** An item of the model: all its attributes, as plain values. */
type Plain = Record<string, string | number>;

type Step =
  | { readonly kind: "put" | "update" | "delete"; readonly one: Plain }
  | { readonly kind: "batch" | "transaction"; readonly many: readonly Plain[] };

const PKS = ["a", "b", "c"];
const SKS = ["1", "2", "3"];
const arbitrary = fc.record(
  {
    pk: fc.constantFrom(...PKS),
    sk: fc.constantFrom(...SKS),
    group: fc.constantFrom("x", "y", "z"),
    rank: fc.integer({ min: -3, max: 3 }),
    note: fc.constantFrom("", "short", "somewhat longer"),
  },
  { requiredKeys: ["pk", "sk"] },
) as fc.Arbitrary<Plain>;
const distinct = fc.uniqueArray(arbitrary, { minLength: 1, maxLength: 4, selector: keyOf });
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom("put" as const, "update" as const, "delete" as const),
      one: arbitrary,
    }),
    fc.record({ kind: fc.constantFrom("batch" as const, "transaction" as const), many: distinct }),
  ),
  { maxLength: 12 },
) as fc.Arbitrary<Step[]>;

function keyOf({ pk, sk }: Plain): string {
  return `${pk}/${sk}`;
}

const TableName = "model";
const keyItem = ({ pk = "", sk = "" }: Plain) => item({ pk, sk });

/** The step on the table and on the model: an update that sets what it gives, and removes the rest. */
async function take(db: DynamoDBClient, model: Map<string, Plain>, step: Step): Promise<void> {
  if (step.kind === "batch") {
    const requests = step.many.map((one) =>
      one.rank === undefined ? { DeleteRequest: { Key: keyItem(one) } } : { PutRequest: { Item: item(one) } },
    );
    await db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    for (const one of step.many) {
      if (one.rank === undefined) model.delete(keyOf(one));
      else model.set(keyOf(one), one);
    }
  } else if (step.kind === "transaction") {
    const allNew = step.many.every((one) => !model.has(keyOf(one)));
    const TransactItems = step.many.map((one) => ({
      Put: { TableName, Item: item(one), ConditionExpression: "attribute_not_exists(pk)" },
    }));
    const outcome = db.send(new TransactWriteItemsCommand({ TransactItems })).then(
      () => true,
      () => false,
    );
    expect(await outcome).toBe(allNew);
    if (allNew) for (const one of step.many) model.set(keyOf(one), one);
  } else if ("one" in step) await takeOne(db, model, step.kind, step.one);
}

async function takeOne(db: DynamoDBClient, model: Map<string, Plain>, kind: string, one: Plain) {
  if (kind === "put") {
    await db.send(new PutItemCommand({ TableName, Item: item(one) }));
    model.set(keyOf(one), one);
  } else if (kind === "delete") {
    await db.send(new DeleteItemCommand({ TableName, Key: keyItem(one) }));
    model.delete(keyOf(one));
  } else {
    const old = model.get(keyOf(one));
    const rank = Number(one.rank ?? 1);
    const { Attributes } = await db.send(
      new UpdateItemCommand({
        TableName,
        Key: keyItem(one),
        UpdateExpression: "ADD #rank :rank REMOVE #group",
        ExpressionAttributeNames: { "#rank": "rank", "#group": "group" },
        ExpressionAttributeValues: { ":rank": { N: String(rank) } },
        ReturnValues: "ALL_NEW",
      }),
    );
    const { group, ...rest } = old ?? { pk: one.pk ?? "", sk: one.sk ?? "" };
    const after: Plain = { ...rest, rank: Number(rest.rank ?? 0) + rank };
    expect(Attributes).toEqual(item(after));
    model.set(keyOf(one), after);
  }
}

/** Everything that can be read is what the model says, through the table and each index. */
async function compare(db: DynamoDBClient, model: ReadonlyMap<string, Plain>): Promise<void> {
  const all = [...model.values()];
  const sorted = (list: readonly object[] = []) => list.map((one) => JSON.stringify(sortedNames(one))).sort();
  const scanned = await db.send(new ScanCommand({ TableName }));
  expect(sorted(scanned.Items)).toEqual(sorted(all.map(item)));
  const segments = await Promise.all(
    [0, 1, 2].map((Segment) => db.send(new ScanCommand({ TableName, Segment, TotalSegments: 3 }))),
  );
  expect(sorted(segments.flatMap(({ Items = [] }) => Items))).toEqual(sorted(all.map(item)));
  const grouped = all.filter(({ group, rank }) => group !== undefined && rank !== undefined);
  const byGroup = await db.send(new ScanCommand({ TableName, IndexName: "byGroup" }));
  expect(sorted(byGroup.Items)).toEqual(sorted(grouped.map(item)));
  for (const pk of PKS) {
    const ranked = await db.send(
      new QueryCommand({
        TableName,
        IndexName: "byRank",
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: pk } },
      }),
    );
    const expected = all.filter((one) => one.pk === pk && one.rank !== undefined);
    const keys = expected.map((one) => item({ pk, sk: one.sk ?? "", rank: one.rank ?? 0 }));
    expect(sorted(ranked.Items)).toEqual(sorted(keys));
    const ranks = (ranked.Items ?? []).map(({ rank }) => Number(rank?.N));
    expect(ranks).toEqual([...ranks].sort((one, other) => one - other));
  }
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  expect(Table).toMatchObject({
    ItemCount: all.length,
    GlobalSecondaryIndexes: [{ ItemCount: grouped.length }],
    LocalSecondaryIndexes: [{ ItemCount: all.filter(({ rank }) => rank !== undefined).length }],
  });
}

function sortedNames(one: object): object {
  return Object.fromEntries(Object.entries(one).sort(([left], [right]) => (left < right ? -1 : 1)));
}

const definitions = {
  AttributeDefinitions: [
    { AttributeName: "group", AttributeType: "S" as const },
    { AttributeName: "rank", AttributeType: "N" as const },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: "byRank",
      KeySchema: keySchema(["pk", "rank"]),
      Projection: { ProjectionType: "KEYS_ONLY" as const },
    },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "byGroup",
      KeySchema: keySchema(["group", "rank"]),
      Projection: { ProjectionType: "ALL" as const },
    },
  ],
};

test.each(["kind", "hostile"])(
  "a table and its indexes are what a model says, on a %s store",
  async (kind) => {
    const chance = createIds().fraction;
    await using nuage = await startNuage({
      parts: kind === "hostile" ? { wrapStore: (store) => createHostileStore(store, chance) } : {},
    });
    const db = client(nuage);
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        await nuage.reset();
        await makeTable(db, TableName, ["pk", "sk"], definitions);
        const model = new Map<string, Plain>();
        for (const step of list) await take(db, model, step);
        await compare(db, model);
      }),
      { numRuns: kind === "hostile" ? 12 : 25 },
    );
  },
);
