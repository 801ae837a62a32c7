import * as sdk from "@aws-sdk/client-dynamodb";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { client, item, keySchema, makeTable } from "../dynamodb.fixture.ts";
import { startPlatform } from "../platform.fixture.ts";

let nuage: Nuage;
let db: sdk.DynamoDBClient;
beforeAll(async () => {
  nuage = await startPlatform();
  db = client(nuage);
  await makeTable(db, "hash", ["pk"]);
  await makeTable(db, "pair", ["pk", "sk"], {
    AttributeDefinitions: [
      { AttributeName: "age", AttributeType: "N" },
      { AttributeName: "city", AttributeType: "S" },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: "byAge",
        KeySchema: keySchema(["pk", "age"]),
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
    GlobalSecondaryIndexes: [
      { IndexName: "byCity", KeySchema: keySchema(["city"]), Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
  });
  await db.send(new sdk.PutItemCommand({ TableName: "hash", Item: item({ pk: "here", n: 1, s: "text" }) }));
});
afterAll(() => nuage.stop());

const COMMANDS = {
  PutItem: sdk.PutItemCommand,
  GetItem: sdk.GetItemCommand,
  UpdateItem: sdk.UpdateItemCommand,
  DeleteItem: sdk.DeleteItemCommand,
  Query: sdk.QueryCommand,
  Scan: sdk.ScanCommand,
  BatchGetItem: sdk.BatchGetItemCommand,
  BatchWriteItem: sdk.BatchWriteItemCommand,
  TransactWriteItems: sdk.TransactWriteItemsCommand,
  ExecuteStatement: sdk.ExecuteStatementCommand,
} satisfies Record<string, new (input: never) => object>;

type Row = readonly [
  title: string,
  operation: keyof typeof COMMANDS,
  input: object,
  message: string,
  code?: string,
];

const P = "One or more parameter values were invalid: ";
const V1 = "1 validation error detected: ";
const SCHEMA = "The provided key element does not match the schema";
const long = (length: number) => "x".repeat(length);
const onPair = (more: object) => ({
  TableName: "pair",
  KeyConditionExpression: "pk = :p",
  ExpressionAttributeValues: { ":p": { S: "a" } },
  ...more,
});

const ROWS: Row[] = [
  [
    "no table",
    "GetItem",
    { TableName: "none", Key: item({ pk: "a" }) },
    "Requested resource not found",
    "ResourceNotFoundException",
  ],
  [
    "table name's characters",
    "GetItem",
    { TableName: "a b", Key: {} },
    `${V1}Value 'a b' at 'tableName' failed to satisfy constraint: Member must satisfy ` +
      "regular expression pattern: [a-zA-Z0-9_.-]+",
  ],
  ["key's number of attributes", "GetItem", { TableName: "hash", Key: item({ pk: "a", more: "b" }) }, SCHEMA],
  ["key's type", "GetItem", { TableName: "hash", Key: item({ pk: 1 }) }, SCHEMA],
  ["key's other name", "DeleteItem", { TableName: "hash", Key: item({ qk: "a" }) }, SCHEMA],
  [
    "empty key",
    "GetItem",
    { TableName: "hash", Key: item({ pk: "" }) },
    "One or more parameter values are not valid. The AttributeValue for a key attribute " +
      "cannot contain an empty string value. Key: pk",
  ],
  [
    "long partition key",
    "PutItem",
    { TableName: "hash", Item: item({ pk: long(2049) }) },
    `${P}Size of hashkey has exceeded the maximum size limit of2048 bytes`,
  ],
  [
    "long sort key",
    "PutItem",
    { TableName: "pair", Item: item({ pk: "a", sk: long(1025) }) },
    `${P}Aggregated size of all range keys has exceeded the size limit of 1024 bytes`,
  ],
  [
    "item without key",
    "PutItem",
    { TableName: "hash", Item: item({ other: "a" }) },
    `${P}Missing the key pk in the item`,
  ],
  [
    "item's key of another type",
    "PutItem",
    { TableName: "hash", Item: item({ pk: 1 }) },
    `${P}Type mismatch for key pk expected: S actual: N`,
  ],
  [
    "index key of another type",
    "PutItem",
    { TableName: "pair", Item: item({ pk: "a", sk: "b", age: "old" }) },
    `${P}Type mismatch for Index Key age Expected: N Actual: S IndexName: byAge`,
  ],
  [
    "empty index key",
    "PutItem",
    { TableName: "pair", Item: item({ pk: "a", sk: "b", city: "" }) },
    "One or more parameter values are not valid. A value specified for a secondary index " +
      "key is not supported. The AttributeValue for a key attribute cannot contain an " +
      "empty string value. IndexName: byCity, IndexKey: city",
  ],
  [
    "large item",
    "PutItem",
    { TableName: "hash", Item: item({ pk: "a", data: long(410_000) }) },
    "Item size has exceeded the maximum allowed size",
  ],
  [
    "put's return values",
    "PutItem",
    { TableName: "hash", Item: item({ pk: "a" }), ReturnValues: "ALL_NEW" },
    "ReturnValues can only be ALL_OLD or NONE",
  ],
  [
    "unknown return values",
    "UpdateItem",
    { TableName: "hash", Key: item({ pk: "a" }), ReturnValues: "SOME" },
    `${V1}Value 'SOME' at 'returnValues' failed to satisfy constraint: Member must ` +
      "satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
  ],
  [
    "condition",
    "PutItem",
    { TableName: "hash", Item: item({ pk: "here" }), ConditionExpression: "attribute_not_exists(pk)" },
    "The conditional request failed",
    "ConditionalCheckFailedException",
  ],
  [
    "key update",
    "UpdateItem",
    {
      TableName: "hash",
      Key: item({ pk: "a" }),
      UpdateExpression: "SET pk = :v",
      ExpressionAttributeValues: { ":v": { S: "b" } },
    },
    `${P}Cannot update attribute pk. This attribute is part of the key`,
  ],
  [
    "path into a key",
    "UpdateItem",
    {
      TableName: "pair",
      Key: item({ pk: "a", sk: "b" }),
      UpdateExpression: "SET city.part = :v",
      ExpressionAttributeValues: { ":v": { S: "b" } },
    },
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not " +
      "allowed: IndexKey: city",
  ],
  [
    "index key by value",
    "UpdateItem",
    {
      TableName: "pair",
      Key: item({ pk: "a", sk: "b" }),
      UpdateExpression: "SET age = :v",
      ExpressionAttributeValues: { ":v": { S: "b" } },
    },
    `${P}Type mismatch for Index Key age Expected: N Actual: S IndexName: byAge`,
  ],
  [
    "index key by computation",
    "UpdateItem",
    {
      TableName: "pair",
      Key: item({ pk: "a", sk: "b" }),
      UpdateExpression: "SET city = if_not_exists(x, :v)",
      ExpressionAttributeValues: { ":v": { N: "1" } },
    },
    "The update expression attempted to update the secondary index key to unsupported type",
  ],
  [
    "sum of text",
    "UpdateItem",
    {
      TableName: "hash",
      Key: item({ pk: "here" }),
      UpdateExpression: "SET n = s + :v",
      ExpressionAttributeValues: { ":v": { N: "1" } },
    },
    "An operand in the update expression has an incorrect data type",
  ],
  [
    "missing operand",
    "UpdateItem",
    {
      TableName: "hash",
      Key: item({ pk: "here" }),
      UpdateExpression: "SET n = z + :v",
      ExpressionAttributeValues: { ":v": { N: "1" } },
    },
    "The provided expression refers to an attribute that does not exist in the item",
  ],
  [
    "no key condition",
    "Query",
    { TableName: "pair" },
    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
  ],
  [
    "no such index",
    "Query",
    onPair({ IndexName: "byNothing" }),
    "The table does not have the specified index: byNothing",
  ],
  [
    "consistent global index",
    "Query",
    { ...onPair({ IndexName: "byCity" }), ConsistentRead: true },
    "Consistent reads are not supported on global secondary indexes",
  ],
  [
    "all of a global index",
    "Query",
    {
      TableName: "pair",
      IndexName: "byCity",
      Select: "ALL_ATTRIBUTES",
      KeyConditionExpression: "city = :p",
      ExpressionAttributeValues: { ":p": { S: "a" } },
    },
    `${P}Select type ALL_ATTRIBUTES is not supported for global secondary index byCity ` +
      "because its projection type is not ALL",
  ],
  [
    "key in filter",
    "Query",
    { ...onPair({ FilterExpression: "sk = :p" }) },
    "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk",
  ],
  [
    "partial start key",
    "Query",
    onPair({ ExclusiveStartKey: item({ pk: "a" }) }),
    "The provided starting key is invalid",
  ],
  [
    "foreign start key",
    "Query",
    onPair({ ExclusiveStartKey: item({ pk: "b", sk: "c" }) }),
    "The provided starting key is outside query boundaries based on provided conditions",
  ],
  [
    "specific without projection",
    "Scan",
    { TableName: "hash", Select: "SPECIFIC_ATTRIBUTES" },
    "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
  ],
  [
    "segment alone",
    "Scan",
    { TableName: "hash", Segment: 0 },
    "The TotalSegments parameter is required but was not present in the request when " +
      "Segment parameter is present",
  ],
  [
    "segment too large",
    "Scan",
    { TableName: "hash", Segment: 2, TotalSegments: 2 },
    "The Segment parameter is zero-based and must be less than parameter TotalSegments: " +
      "Segment: 2 is not less than TotalSegments: 2",
  ],
  [
    "both sorts of parameters",
    "GetItem",
    { TableName: "hash", Key: item({ pk: "a" }), AttributesToGet: ["a"], ProjectionExpression: "b" },
    "Can not use both expression and non-expression parameters in the same request: " +
      "Non-expression parameters: {AttributesToGet} Expression parameters: " +
      "{ProjectionExpression}",
  ],
  [
    "nothing in a batch",
    "BatchGetItem",
    { RequestItems: {} },
    "The requestItems parameter is required for BatchGetItem",
  ],
  [
    "a key twice",
    "BatchGetItem",
    { RequestItems: { hash: { Keys: [item({ pk: "a" }), item({ pk: "a" })] } } },
    "Provided list of item keys contains duplicates",
  ],
  [
    "a put and a deletion",
    "BatchWriteItem",
    {
      RequestItems: {
        hash: [{ PutRequest: { Item: item({ pk: "a" }) } }, { DeleteRequest: { Key: item({ pk: "a" }) } }],
      },
    },
    "Provided list of item keys contains duplicates",
  ],
  [
    "an item twice in a transaction",
    "TransactWriteItems",
    {
      TransactItems: [
        { Put: { TableName: "hash", Item: item({ pk: "a" }) } },
        { Delete: { TableName: "hash", Key: item({ pk: "a" }) } },
      ],
    },
    "Transaction request cannot include multiple operations on one item",
  ],
  [
    "an empty action",
    "TransactWriteItems",
    { TransactItems: [{}] },
    "TransactItems can only contain one of Check, Put, Update or Delete",
  ],
  [
    "a duplicate by statement",
    "ExecuteStatement",
    { Statement: "INSERT INTO \"hash\" VALUE {'pk': 'here'}" },
    "Duplicate primary key exists in table",
    "DuplicateItemException",
  ],
];

const CASES = ROWS.map(([title, operation, input, message, code = "ValidationException"]) => {
  return { title, operation, input, message, code };
});

test.each(CASES)("$title: $operation", async ({ operation, input, message, code }) => {
  const Command: new (input: never) => object = COMMANDS[operation];
  const command = new Command(input as never);
  await expect(db.send(command as never)).rejects.toMatchObject({ name: code, message });
});

test("a failed condition gives the item back when it is asked to", async () => {
  const failing = db.send(
    new sdk.UpdateItemCommand({
      TableName: "hash",
      Key: item({ pk: "here" }),
      UpdateExpression: "SET n = :v",
      ConditionExpression: "n > :v",
      ExpressionAttributeValues: { ":v": { N: "5" } },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    }),
  );
  await expect(failing).rejects.toMatchObject({ Item: item({ pk: "here", n: 1, s: "text" }) });
});
