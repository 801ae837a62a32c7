import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

let nuage: Nuage;
let db: ReturnType<typeof client>;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
});
afterAll(() => nuage.stop());
beforeEach(async () => {
  await nuage.reset();
  await makeTable(db, "music", ["artist", "song"], {
    AttributeDefinitions: [
      { AttributeName: "year", AttributeType: "N" },
      { AttributeName: "genre", AttributeType: "S" },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "byYear",
        KeySchema: keySchema(["artist", "year"]),
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "byGenre",
        KeySchema: keySchema(["genre", "year"]),
        Projection: { ProjectionType: "ALL" },
      },
    ],
  });
});

const TableName = "music";

test("an item is put, read, updated and deleted", async () => {
  const song = item({ artist: "Nina", song: "Sinnerman", year: 1965, genre: "jazz" });
  expect(await db.send(new PutItemCommand({ TableName, Item: song }))).not.toHaveProperty("Attributes");
  const Key = item({ artist: "Nina", song: "Sinnerman" });
  expect((await db.send(new GetItemCommand({ TableName, Key }))).Item).toEqual(song);
  const updated = await db.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: "SET plays = if_not_exists(plays, :zero) + :one, genre = :g",
      ExpressionAttributeValues: { ":zero": { N: "0" }, ":one": { N: "1" }, ":g": { S: "soul" } },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  expect(updated.Attributes).toEqual({ plays: { N: "1" }, genre: { S: "soul" } });
  const inIndex = (genre: string) =>
    db.send(
      new QueryCommand({
        TableName,
        IndexName: "byGenre",
        KeyConditionExpression: "genre = :g",
        ExpressionAttributeValues: { ":g": { S: genre } },
      }),
    );
  expect((await inIndex("jazz")).Items).toEqual([]);
  expect((await inIndex("soul")).Items).toEqual([{ ...song, plays: { N: "1" }, genre: { S: "soul" } }]);
  const gone = await db.send(new DeleteItemCommand({ TableName, Key, ReturnValues: "ALL_OLD" }));
  expect(gone.Attributes).toMatchObject({ plays: { N: "1" } });
  expect(await db.send(new ScanCommand({ TableName }))).toMatchObject({
    Items: [],
    Count: 0,
    ScannedCount: 0,
  });
  expect((await inIndex("soul")).Count).toBe(0);
});

test("a query reads its sort keys in order, page by page", async () => {
  for (let n = 0; n < 12; n++) {
    await db.send(
      new PutItemCommand({
        TableName,
        Item: item({ artist: "a", song: `s${String(n).padStart(2, "0")}`, year: 100 - n }),
      }),
    );
  }
  const pages: string[][] = [];
  let ExclusiveStartKey: Record<string, { S?: string }> | undefined;
  do {
    const page = await db.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "artist = :a AND song BETWEEN :from AND :to",
        ExpressionAttributeValues: { ":a": { S: "a" }, ":from": { S: "s02" }, ":to": { S: "s10" } },
        Limit: 4,
        ScanIndexForward: false,
        ...(ExclusiveStartKey ? { ExclusiveStartKey: ExclusiveStartKey as never } : {}),
      }),
    );
    pages.push((page.Items ?? []).map(({ song }) => song?.S ?? ""));
    ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
  } while (ExclusiveStartKey);
  expect(pages).toEqual([["s10", "s09", "s08", "s07"], ["s06", "s05", "s04", "s03"], ["s02"]]);
  const byYear = await db.send(
    new QueryCommand({
      TableName,
      IndexName: "byYear",
      KeyConditionExpression: "artist = :a AND #y < :y",
      ExpressionAttributeNames: { "#y": "year" },
      ExpressionAttributeValues: { ":a": { S: "a" }, ":y": { N: "91" } },
    }),
  );
  expect(byYear.Items?.map(({ year }) => year?.N)).toEqual(["89", "90"]);
});
