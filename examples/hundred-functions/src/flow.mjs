// Functions that hand something on: to a function, a table, a queue, a topic, a bus, a bucket. Each knows
// whom by its variable TARGET.
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const target = process.env.TARGET;
const lambda = new LambdaClient();

/** `POST /orders`: notes an order. @param {{ body: string }} event */
export async function takes({ body }) {
  const { id } = JSON.parse(body);
  await new DynamoDBClient().send(new PutItemCommand({ TableName: target, Item: { id: { S: id } } }));
  return { statusCode: 202, body };
}

/** Of the table's stream: one bill for each order. @param {{ Records: { dynamodb: object }[] }} event */
export async function bills({ Records }) {
  const sqs = new SQSClient();
  for (const { dynamodb } of Records)
    await sqs.send(new SendMessageCommand({ QueueUrl: target, MessageBody: JSON.stringify(dynamodb) }));
}

export async function asks() {
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: target }));
  return Payload?.transformToString();
}

/** Asks three times, one after the other, though no answer depends on another. */
export async function asksInARow() {
  for (let part = 0; part < 3; part++)
    await lambda.send(new InvokeCommand({ FunctionName: target, Payload: '{"ms":50}' }));
}

export async function publishes() {
  await new SNSClient().send(new PublishCommand({ TopicArn: target, Message: "news" }));
}

export async function putsEvent() {
  const Entries = [{ Source: "hundred", DetailType: "told", Detail: "{}" }];
  await new EventBridgeClient().send(new PutEventsCommand({ Entries }));
}

export async function uploads() {
  await new S3Client().send(new PutObjectCommand({ Bucket: target, Key: "photo.jpg", Body: "a photo" }));
}

/** A loop: its own event comes back to it, until the platform stops it. */
export async function invokesItself() {
  const FunctionName = process.env.AWS_LAMBDA_FUNCTION_NAME;
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: "Event" }));
}

/** The same through its own queue. */
export async function sendsToItself() {
  await new SQSClient().send(new SendMessageCommand({ QueueUrl: target, MessageBody: "again" }));
}
