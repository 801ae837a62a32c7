const { DynamoDBClient, GetItemCommand, UpdateItemCommand } = require("@aws-sdk/client-dynamodb");
const { SendMessageCommand, SQSClient } = require("@aws-sdk/client-sqs");
const { GetParameterCommand, SSMClient } = require("@aws-sdk/client-ssm");

const db = new DynamoDBClient();
const { TABLE: TableName, QUEUE: QueueUrl, GREETING: Name } = process.env;

exports.arrive = async ({ pathParameters: { id } }) => {
  await new SQSClient().send(new SendMessageCommand({ QueueUrl, MessageBody: id }));
  const { Parameter } = await new SSMClient().send(new GetParameterCommand({ Name }));
  return { statusCode: 202, body: Parameter.Value };
};

exports.look = async ({ pathParameters: { id } }) => {
  const { Item } = await db.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }));
  return { visits: Number(Item?.visits.N ?? 0) };
};

exports.count = async ({ Records }) => {
  for (const { body } of Records)
    await db.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: body } },
        UpdateExpression: "ADD visits :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    );
};
