// Takes an order: notes it, puts it into the buffer, and answers before anybody has worked on it.
import { randomUUID } from "node:crypto";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { answer, type HttpAnswer, type HttpEvent } from "./events.ts";
import { note } from "./orders.ts";

const sqs = new SQSClient();

export async function handler({ body }: HttpEvent): Promise<HttpAnswer> {
  const item = itemOf(body);
  if (item === undefined) return answer(400, { message: 'An order is {"item": "…"}.' });
  const id = randomUUID();
  await note({ id, item, state: "buffered" });
  await sqs.send(
    new SendMessageCommand({ QueueUrl: process.env.BUFFER, MessageBody: JSON.stringify({ id, item }) }),
  );
  return answer(202, { id, state: "buffered" });
}

function itemOf(body = ""): string | undefined {
  try {
    const { item } = JSON.parse(body) as { item?: unknown };
    return typeof item === "string" && item !== "" ? item : undefined;
  } catch {
    return undefined;
  }
}
