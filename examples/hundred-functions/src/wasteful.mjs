// Functions that answer, and are worth a warning nevertheless.
import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

const MEBIBYTE = 1024 * 1024;

/**
 * Works until little of its time is left.
 *
 * @param {unknown} _
 * @param {{ getRemainingTimeInMillis(): number }} context
 */
export async function usesItsTime(_, context) {
  while (context.getRemainingTimeInMillis() > 1_350) await pause(20);
}

/** @type {Buffer[]} */
const kept = [];

/** Keeps a little more from every event. @param {{ upToMb: number }} event */
export async function grows({ upToMb }) {
  while (process.memoryUsage.rss() < upToMb * MEBIBYTE) kept.push(Buffer.alloc(MEBIBYTE, 1));
}

/** Answers, and goes on. */
export async function leavesWork() {
  void pause(60_000);
  return "fine";
}

/** Tells that it is there, and waits until it may go: so it is known how many are there at once. */
export async function waitsAtTheGate() {
  const sqs = new SQSClient();
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.HERE, MessageBody: "here" }));
  const QueueUrl = process.env.GO;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  const ReceiptHandle = Messages[0]?.ReceiptHandle;
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

/** Runs at once where nobody is to be waited for. @param {{ waits?: boolean }} event */
export async function mayWaitAtTheGate({ waits }) {
  if (waits) await waitsAtTheGate();
}

/** One item that is large, and is changed again and again: each change writes all of it. */
export async function heatsOneKey() {
  const table = { TableName: process.env.TARGET };
  const dynamodb = new DynamoDBClient();
  const id = { S: "home" };
  await dynamodb.send(new PutItemCommand({ ...table, Item: { id, page: { S: "x".repeat(389_000) } } }));
  const UpdateExpression = "ADD visits :one";
  const ExpressionAttributeValues = { ":one": { N: "1" } };
  const visit = { ...table, Key: { id }, UpdateExpression, ExpressionAttributeValues };
  await Promise.all(Array.from({ length: 99 }, () => dynamodb.send(new UpdateItemCommand(visit))));
}
