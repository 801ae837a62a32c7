import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const db = new DynamoDBClient();
const sqs = new SQSClient();
const TableName = process.env.NOTES;

export async function keep({ pathParameters, body }) {
  const { greet } = await import("/opt/nodejs/words.mjs");
  const { id } = pathParameters;
  const text = greet(process.env.GREETING, body);
  await db.send(new PutItemCommand({ TableName, Item: { id: { S: id }, text: { S: text } } }));
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.COUNTS, MessageBody: id }));
  return { id, text };
}

export async function read({ pathParameters }) {
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: { id: { S: pathParameters.id } } }));
  return Item
    ? { statusCode: 200, body: JSON.stringify({ text: Item.text?.S, count: Number(Item.count?.N ?? 0) }) }
    : { statusCode: 404, body: "{}" };
}

export async function count({ Records }) {
  for (const { body } of Records)
    await db.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: body } },
        UpdateExpression: "ADD #c :one",
        ExpressionAttributeNames: { "#c": "count" },
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    );
}
