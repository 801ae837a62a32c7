import {
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, item, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

const TableName = "matches";
const IndexName = "byPlace";
let nuage: Nuage;
let db: DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());

const key = (hashes: readonly string[], ranges: readonly string[]) => [
  ...hashes.map((AttributeName) => ({ AttributeName, KeyType: "HASH" as const })),
  ...ranges.map((AttributeName) => ({ AttributeName, KeyType: "RANGE" as const })),
];
const types = (names: readonly string[], type: "S" | "N" = "S") =>
  names.map((AttributeName) => ({ AttributeName, AttributeType: type }));
const Projection = { ProjectionType: "ALL" as const };
const index = {
  IndexName,
  KeySchema: key(["cup", "region"], ["round", "bracket", "no"]),
  Projection,
};
const definitions = [...types(["cup", "region", "round", "bracket"]), ...types(["no"], "N")];
const make = (name: string, more: Partial<CreateTableCommandInput> = {}) =>
  makeTable(db, name, ["id"], {
    AttributeDefinitions: definitions,
    GlobalSecondaryIndexes: [index],
    ...more,
  });

beforeEach(async () => {
  await nuage.reset();
  await make(TableName);
  let id = 0;
  for (const round of ["final", "semi"])
    for (const bracket of ["lower", "upper"])
      for (const no of [2, 10]) {
        const values = { id: `m${id++}`, cup: "winter", region: "north", round, bracket, no };
        await db.send(new PutItemCommand({ TableName, Item: item(values) }));
      }
  await db.send(new PutItemCommand({ TableName, Item: item({ id: "half", cup: "winter" }) }));
});

function query(conditions: Record<string, string>, values: Record<string, string | number>, more = {}) {
  const names = Object.keys(conditions);
  const input: QueryCommandInput = {
    TableName,
    IndexName,
    KeyConditionExpression: names.map((name) => conditions[name]?.replace("@", `#${name}`)).join(" AND "),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: item(values),
    ...more,
  };
  return db.send(new QueryCommand(input));
}
const PLACE = { cup: "@ = :c", region: "@ = :r" };
const place = { ":c": "winter", ":r": "north" };
const shown = ({ Items = [] }: { Items?: Awaited<ReturnType<typeof query>>["Items"] }) =>
  Items.map(({ round, bracket, no }) => `${round?.S} ${bracket?.S} ${no?.N}`);

describe("an index whose key has several attributes", () => {
  test("is queried by its partition and any part of its sort key from the left", async () => {
    expect(shown(await query(PLACE, place))).toEqual([
      ...["final lower 2", "final lower 10", "final upper 2", "final upper 10"],
      ...["semi lower 2", "semi lower 10", "semi upper 2", "semi upper 10"],
    ]);
    const final = { ...PLACE, round: "@ = :f" };
    const values = { ...place, ":f": "final" };
    expect(shown(await query(final, values))).toHaveLength(4);
    const upper = await query({ ...final, bracket: "begins_with(@, :b)" }, { ...values, ":b": "up" });
    expect(shown(upper)).toEqual(["final upper 2", "final upper 10"]);
    const more = { bracket: "@ = :b", no: "@ > :n" };
    const last = await query({ ...final, ...more }, { ...values, ":b": "lower", ":n": 2 });
    expect(shown(last)).toEqual(["final lower 10"]);
    const between = await query(
      { ...PLACE, round: "@ BETWEEN :f AND :g" },
      { ...values, ":g": "g" },
      { ScanIndexForward: false },
    );
    expect(shown(between)[0]).toBe("final upper 10");
  });

  test("is read page by page", async () => {
    const all: string[] = [];
    let ExclusiveStartKey: QueryCommandInput["ExclusiveStartKey"];
    do {
      const page = await query(PLACE, place, { Limit: 3, ExclusiveStartKey });
      all.push(...shown(page));
      ExclusiveStartKey = page.LastEvaluatedKey;
      const names = ["bracket", "cup", "id", "no", "region", "round"];
      if (ExclusiveStartKey) expect(Object.keys(ExclusiveStartKey).sort()).toEqual(names);
    } while (ExclusiveStartKey);
    expect(all).toEqual(shown(await query(PLACE, place)));
    const segments = await Promise.all(
      [0, 1, 2].map((Segment) =>
        db.send(new ScanCommand({ TableName, IndexName, Segment, TotalSegments: 3 })),
      ),
    );
    expect(segments.flatMap(({ Items = [] }) => Items)).toHaveLength(8);
  });

  test("holds only items that have all of it, and follows their changes", async () => {
    const Key = item({ id: "half" });
    const UpdateExpression = "SET #g = :g, #r = :r, bracket = :b, #n = :n";
    await db.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression,
        ExpressionAttributeNames: { "#g": "region", "#r": "round", "#n": "no" },
        ExpressionAttributeValues: item({ ":g": "south", ":r": "final", ":b": "upper", ":n": 1 }),
      }),
    );
    expect(shown(await query(PLACE, { ":c": "winter", ":r": "south" }))).toEqual(["final upper 1"]);
    const wrong = { id: "x", cup: "winter", region: "north", round: "semi", bracket: "b", no: "one" };
    await expect(db.send(new PutItemCommand({ TableName, Item: item(wrong) }))).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "One or more parameter values were invalid: Type mismatch for Index Key no Expected: N Actual: S " +
        `IndexName: ${IndexName}`,
    });
  });

  test("refuses conditions that leave out, skip, or go on after an order", async () => {
    const refused = async (
      conditions: Record<string, string>,
      more: Record<string, string>,
      message: string,
    ) =>
      expect(query(conditions, { ...place, ...more })).rejects.toMatchObject({
        name: "ValidationException",
        message,
      });
    const missed = (name: string) => `Query condition missed key schema element: ${name}`;
    const { ":c": c } = place;
    await expect(query({ cup: "@ = :c" }, { ":c": c })).rejects.toMatchObject({ message: missed("region") });
    await refused({ ...PLACE, bracket: "@ = :b" }, { ":b": "upper" }, missed("round"));
    const NOT_SUPPORTED = "Query key condition not supported";
    await refused({ cup: "@ = :c", region: "@ > :r" }, {}, NOT_SUPPORTED);
    await refused({ ...PLACE, round: "@ > :f", bracket: "@ = :b" }, { ":f": "a", ":b": "b" }, NOT_SUPPORTED);
    await refused({ ...PLACE, other: "@ = :o" }, { ":o": "x" }, missed("round"));
  });

  test("answers statements", async () => {
    const select = async (where: string) => {
      const Statement = `SELECT * FROM "${TableName}"."${IndexName}" WHERE ${where}`;
      return shown(await db.send(new ExecuteStatementCommand({ Statement })));
    };
    const both = "cup = 'winter' AND region = 'north' AND round = 'final'";
    expect(await select(`${both} AND bracket = 'upper'`)).toEqual(["final upper 2", "final upper 10"]);
    expect(await select("cup = 'winter' AND bracket = 'lower'")).toHaveLength(4);
  });

  test("is described, and can be added to a table that is there", async () => {
    await makeTable(db, "later", ["id"]);
    await db.send(
      new PutItemCommand({ TableName: "later", Item: item({ id: "a", cup: "w", region: "n", round: "f" }) }),
    );
    const KeySchema = key(["cup", "region"], ["round"]);
    await db.send(
      new UpdateTableCommand({
        TableName: "later",
        AttributeDefinitions: types(["cup", "region", "round"]),
        GlobalSecondaryIndexUpdates: [{ Create: { IndexName: "added", KeySchema, Projection } }],
      }),
    );
    await nuage.idle();
    const { Table } = await db.send(new DescribeTableCommand({ TableName: "later" }));
    expect(Table?.GlobalSecondaryIndexes).toMatchObject([{ KeySchema, ItemCount: 1, IndexStatus: "ACTIVE" }]);
  });

  test("has four attributes of each role at most, in their order, each once", async () => {
    const refused = (hashes: string[], ranges: string[], message: string) => {
      const names = [...new Set([...hashes, ...ranges])];
      const KeySchema = key(hashes, ranges);
      const made = make("refused", {
        AttributeDefinitions: types(names),
        GlobalSecondaryIndexes: [{ IndexName, KeySchema, Projection }],
      });
      return expect(made).rejects.toMatchObject({ name: "ValidationException", message });
    };
    const many = "Invalid KeySchema: No more than 4 HASH and 4 RANGE key elements are allowed";
    await refused(["a", "b", "c", "d", "e"], ["f"], many);
    await refused(["a"], ["b", "c", "d", "e", "f"], many);
    const both = "Both the Hash Key and the Range Key element in the KeySchema have the same name";
    await refused(["a", "b"], ["a"], both);
    const KeySchema = [...key(["a"], ["b"]), ...key(["c"], [])];
    const mixed = make("refused", {
      AttributeDefinitions: types(["a", "b", "c"]),
      GlobalSecondaryIndexes: [{ IndexName, KeySchema, Projection }],
    });
    await expect(mixed).rejects.toMatchObject({ name: "ValidationException" });
    await make("allowed", {
      AttributeDefinitions: types(["a", "b", "c", "d", "e", "f", "g", "h"]),
      GlobalSecondaryIndexes: [
        { IndexName, KeySchema: key(["a", "b", "c", "d"], ["e", "f", "g", "h"]), Projection },
      ],
    });
  });
});
