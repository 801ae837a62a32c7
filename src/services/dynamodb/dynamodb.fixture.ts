import {
  type AttributeValue,
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import type { ClientConfig, Nuage } from "../../testing/index.ts";

/** Tries once: an error is the test's to see. */
class OneAttempt extends DynamoDBClient {
  constructor(config: ClientConfig) {
    super({ ...config, maxAttempts: 1 });
  }
}

export function client(nuage: Pick<Nuage, "client">): DynamoDBClient {
  return nuage.client(OneAttempt);
}

/** Makes an on-demand table with keys of type S: `keys` names the partition key, then the sort key. */
export async function makeTable(
  db: DynamoDBClient,
  name: string,
  keys: readonly string[],
  more: Partial<CreateTableCommandInput> = {},
): Promise<void> {
  const definitions = keys.map((key) => ({ AttributeName: key, AttributeType: "S" as const }));
  await db.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: keySchema(keys),
      ...more,
      AttributeDefinitions: [...definitions, ...(more.AttributeDefinitions ?? [])],
    }),
  );
}

export function keySchema(keys: readonly string[]) {
  return keys.map((key, at) => ({
    AttributeName: key,
    KeyType: at === 0 ? ("HASH" as const) : ("RANGE" as const),
  }));
}

/** Strings as S, numbers as N. */
export function item(plain: Readonly<Record<string, string | number>>): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(plain).map(([name, value]) => [
      name,
      typeof value === "number" ? { N: String(value) } : { S: value },
    ]),
  );
}
