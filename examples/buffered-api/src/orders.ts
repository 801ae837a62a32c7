import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";

/** What became of an order so far. */
export interface Order {
  readonly id: string;
  readonly item: string;
  readonly state: "buffered" | "delivered" | "given up";
  /** The backend's own number for it. */
  readonly receipt?: string;
}

const table = { TableName: process.env.ORDERS };
const dynamodb = new DynamoDBClient();

/** Notes what became of an order. Said twice it is the same: queues deliver at least once. */
export async function note({ id, item, state, receipt }: Order): Promise<void> {
  await dynamodb.send(
    new UpdateItemCommand({
      ...table,
      Key: { id: { S: id } },
      UpdateExpression: `SET #item = :item, #state = :state${receipt ? ", receipt = :receipt" : ""}`,
      ExpressionAttributeNames: { "#item": "item", "#state": "state" },
      ExpressionAttributeValues: {
        ":item": { S: item },
        ":state": { S: state },
        ...(receipt ? { ":receipt": { S: receipt } } : {}),
      },
    }),
  );
}

export async function find(id: string): Promise<Order | undefined> {
  const { Item } = await dynamodb.send(new GetItemCommand({ ...table, Key: { id: { S: id } } }));
  if (!Item) return undefined;
  const receipt = Item.receipt?.S;
  return {
    id,
    item: Item.item?.S ?? "",
    state: (Item.state?.S ?? "buffered") as Order["state"],
    ...(receipt === undefined ? {} : { receipt }),
  };
}
