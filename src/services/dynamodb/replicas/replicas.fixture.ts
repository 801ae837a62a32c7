import {
  type AttributeValue,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type ReplicationGroupUpdate,
  ScanCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { ClientConfig, Nuage } from "../../../testing/index.ts";
import { item } from "../dynamodb.fixture.ts";

/** A client of another region than the platform's own. */
export function clientIn(nuage: Pick<Nuage, "client">, region: string): DynamoDBClient {
  class InRegion extends DynamoDBClient {
    constructor(config: ClientConfig) {
      super({ ...config, region, maxAttempts: 1 });
    }
  }
  return nuage.client(InRegion);
}

/** What tests do with one table in several regions. */
export class Replicas {
  readonly #nuage: Nuage;
  readonly #table: string;
  readonly #clients = new Map<string, DynamoDBClient>();

  constructor(nuage: Nuage, table: string) {
    this.#nuage = nuage;
    this.#table = table;
  }

  in(region: string): DynamoDBClient {
    const db = this.#clients.get(region) ?? clientIn(this.#nuage, region);
    this.#clients.set(region, db);
    return db;
  }

  async describe(region: string) {
    const { Table } = await this.in(region).send(new DescribeTableCommand({ TableName: this.#table }));
    return Table;
  }

  update(region: string, more: Partial<UpdateTableCommandInput>) {
    return this.in(region).send(new UpdateTableCommand({ TableName: this.#table, ...more }));
  }

  /** Makes a replica and waits until it has all items. */
  async add(from: string, region: string, more: Partial<ReplicationGroupUpdate["Create"]> = {}) {
    const answer = await this.update(from, { ReplicaUpdates: [{ Create: { RegionName: region, ...more } }] });
    await this.#nuage.idle();
    return answer.TableDescription;
  }

  put(region: string, values: Record<string, string | number>) {
    return this.in(region).send(new PutItemCommand({ TableName: this.#table, Item: item(values) }));
  }

  async get(region: string, id: string): Promise<Record<string, AttributeValue> | undefined> {
    const { Item } = await this.in(region).send(
      new GetItemCommand({ TableName: this.#table, Key: item({ id }), ConsistentRead: true }),
    );
    return Item;
  }

  /** All items, by their ids. */
  async scan(region: string, IndexName?: string) {
    const { Items = [] } = await this.in(region).send(new ScanCommand({ TableName: this.#table, IndexName }));
    return Items.sort((one, other) => ((one.id?.S ?? "") < (other.id?.S ?? "") ? -1 : 1));
  }
}
