// What DynamoDB's expressions cost: reading one again beside reading it for the first time, and trying one
// beside the same test written by hand and beside dynalite's parser.
//
//   tsx bench/expressions.ts
//
// prints one JSON line a figure.
import { createRequire } from "node:module";
import { compileCondition } from "../src/services/dynamodb/expressions/compile.ts";
import { readExpressions } from "../src/services/dynamodb/expressions/expressions.ts";
import { parseCondition } from "../src/services/dynamodb/expressions/parse-condition.ts";
import { parseStatement } from "../src/services/dynamodb/expressions/partiql/parse.ts";
import { addNumbers, canonicalNumber, compareNumbers } from "../src/services/dynamodb/values/decimal.ts";
import { itemSize } from "../src/services/dynamodb/values/size.ts";
import { checkItem } from "../src/services/dynamodb/values/validate.ts";
import type { Item } from "../src/services/dynamodb/values/value.ts";
import { isBundled, print, rate } from "./bundled.ts";

const COUNT = 200_000;

const item: Item = {
  pk: { S: "customer#1234" },
  sk: { S: "order#2024-05-01" },
  amount: { N: "129.95" },
  version: { N: "7" },
  state: { S: "paid" },
  parts: { L: [{ M: { sku: { S: "A-1" }, quantity: { N: "2" } } }] },
  labels: { SS: ["urgent", "gift"] },
};

const FILTER = "amount > :least AND (begins_with(sk, :month) OR contains(labels, :label))";
const filterInput = {
  FilterExpression: FILTER,
  ExpressionAttributeValues: {
    ":least": { N: "100" },
    ":month": { S: "order#2024-05" },
    ":label": { S: "urgent" },
  },
};
const updateInput = {
  UpdateExpression: "SET version = version + :one, parts[0].quantity = :two REMOVE labels",
  ConditionExpression: "version = :seven",
  ExpressionAttributeValues: { ":one": { N: "1" }, ":two": { N: "2" }, ":seven": { N: "7" } },
};

async function figure(name: string, work: () => unknown, floor?: number, rounds = COUNT): Promise<number> {
  const value = await rate(rounds, async (count) => {
    for (let index = 0; index < count; index++) work();
  });
  print({ name, value, unit: "per second", ...(floor !== undefined && { floor }) });
  return value;
}

/** The same filter on plain values: what no interpreter can beat. */
function byHand({ amount, sk, labels }: Item): boolean {
  if (Number(amount?.N) <= 100) return false;
  return sk?.S?.startsWith("order#2024-05") === true || labels?.SS?.includes("urgent") === true;
}

/** Names that are no placeholders: dynalite's parser wants the same context on every call. */
function dynaliteParser(): () => unknown {
  const require = createRequire(import.meta.url);
  const parser = require("dynalite/db/conditionParser");
  return () =>
    parser.parse(FILTER, {
      context: {
        attrVals: filterInput.ExpressionAttributeValues,
        unusedAttrNames: {},
        unusedAttrVals: {},
        isReserved: () => false,
        compare: () => false,
      },
    });
}

if (await isBundled(import.meta.url)) {
  const dynalite = await figure("a filter parsed by dynalite", dynaliteParser(), undefined, COUNT / 1000);
  await figure("a filter parsed", () => parseCondition("FilterExpression", FILTER), dynalite);
  await figure("a filter read again", () => readExpressions(filterInput), dynalite);

  const { filter } = readExpressions(filterInput);
  const floor = await figure("a filter tried by hand", () => byHand(item));
  await figure("a filter tried", () => filter?.holds(item), floor);
  await figure("a filter compiled", () => filter && compileCondition(filter.condition));

  await figure("an update read again", () => readExpressions(updateInput));
  const { update } = readExpressions(updateInput);
  await figure("an update applied", () => update?.apply({}, item));
  const { projection } = readExpressions({ ProjectionExpression: "pk, amount, parts[0].sku" });
  await figure("an item projected", () => projection?.project(item));
  const statement = `SELECT * FROM "orders" WHERE pk = ? AND amount > 100`;
  await figure("a statement parsed", () => parseStatement(statement, [{ S: "x" }]));

  await figure("an item checked", () => checkItem(item));
  await figure("an item measured", () => itemSize(item));
  await figure("short numbers compared", () => compareNumbers("129.95", "100"));
  await figure("long numbers added", () => addNumbers("12345678901234567890.5", "0.00000001"));
  await figure("a number read", () => canonicalNumber("1.2950e2"));
}
