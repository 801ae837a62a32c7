import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { strToU8 } from "fflate";
import { startNuage } from "nuage/testing";
import { expect, it } from "vitest";
import { createFunction } from "./functions.fixture.ts";

const CODE = `const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");
  const sqs = new SQSClient();
  exports.handler = async ({ url: QueueUrl }) => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hi" }));
  };`;

it("a function's SDK finds queues at their URLs without a warning in its log", async () => {
  const nuage = await startNuage();
  try {
    const sqs = nuage.client(SQSClient);
    const lambda = nuage.client(LambdaClient);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "letters" }));
    await createFunction(lambda, "sender", { "index.js": CODE });
    const Payload = strToU8(JSON.stringify({ url: QueueUrl }));
    const command = new InvokeCommand({ FunctionName: "sender", Payload, LogType: "Tail" });
    const { FunctionError, LogResult = "" } = await lambda.send(command);
    expect(FunctionError).toBeUndefined();
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(["hi"]);
    const lines = Buffer.from(LogResult, "base64").toString().trim().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["START", "END", "REPORT"]);
  } finally {
    await nuage.stop();
  }
});
