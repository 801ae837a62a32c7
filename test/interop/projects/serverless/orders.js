const {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} = require("@aws-sdk/client-dynamodb");

const db = new DynamoDBClient();
const TableName = process.env.ORDERS;

exports.place = async ({ body, requestContext }) => {
  const id = requestContext.requestId;
  await db.send(
    new PutItemCommand({ TableName, Item: { id: { S: id }, what: { S: JSON.parse(body).what } } }),
  );
  return { statusCode: 201, body: JSON.stringify({ id }) };
};

exports.show = async ({ pathParameters: { id } }) => {
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }));
  return {
    statusCode: Item ? 200 : 404,
    body: JSON.stringify({ what: Item?.what.S, packed: Item?.packed?.BOOL }),
  };
};

exports.pack = async ({ Records }) => {
  for (const { eventName, dynamodb } of Records) {
    if (eventName !== "INSERT") continue;
    await db.send(
      new UpdateItemCommand({
        TableName,
        Key: dynamodb.Keys,
        UpdateExpression: "SET packed = :yes",
        ExpressionAttributeValues: { ":yes": { BOOL: true } },
      }),
    );
  }
};

exports.sweep = async () => {};
