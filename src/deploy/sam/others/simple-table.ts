import { dictOf, isDict, truthy, type Value } from "../dict.ts";
import { expectSomething } from "../expect.ts";
import { badResource } from "../problems.ts";
import { shown } from "../python-text.ts";
import { Resource, tagList } from "../resource.ts";
import type { Macro, Schema } from "../schema.ts";

export const SIMPLE_TABLE: Schema = {
  PointInTimeRecoverySpecification: "any",
  PrimaryKey: "map<string>",
  ProvisionedThroughput: "map<integer|map>",
  TableName: "string|map",
  Tags: "map",
  SSESpecification: "map",
};

const TYPES: Readonly<Record<string, string>> = { String: "S", Number: "N", Binary: "B" };

/** A DynamoDB table with one key. */
export function simpleTable({ id, properties, attributes, dependsOn }: Macro): Resource[] {
  const when = (name: string) => (truthy(properties.get(name)) ? properties.get(name) : undefined);
  const key = primaryKey(id, when("PrimaryKey"));
  const table = new Resource("AWS::DynamoDB::Table", id, { attributes, dependsOn }).set({
    AttributeDefinitions: [key],
    KeySchema: [{ AttributeName: key.get("AttributeName"), KeyType: "HASH" }],
    PointInTimeRecoverySpecification: when("PointInTimeRecoverySpecification"),
    ProvisionedThroughput: when("ProvisionedThroughput"),
    BillingMode: when("ProvisionedThroughput") ? undefined : "PAY_PER_REQUEST",
    SSESpecification: when("SSESpecification"),
    TableName: when("TableName"),
    Tags: when("Tags") ? tagList(when("Tags")) : undefined,
  });
  return [table];
}

function primaryKey(id: string, given: Value | undefined) {
  if (!isDict(given)) return dictOf({ AttributeName: "id", AttributeType: "S" });
  const owner = { resource: id };
  const name = expectSomething(given.get("Name"), owner, "PrimaryKey.Name");
  const type = expectSomething(given.get("Type"), owner, "PrimaryKey.Type");
  const known = typeof type === "string" ? TYPES[type] : undefined;
  if (known === undefined) throw badResource(id, `Invalid 'Type' "${shown(type)}".`);
  return dictOf({ AttributeName: name, AttributeType: known });
}
