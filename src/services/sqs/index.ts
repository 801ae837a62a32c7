import { defineService } from "../define.ts";
import { background } from "./background.ts";
import { deadLetters } from "./dead-letters.ts";
import { messages } from "./messages.ts";
import { moves } from "./moves.ts";
import { permissions } from "./permissions.ts";
import { queues } from "./queues.ts";
import { receipts } from "./receipts.ts";
import { receive } from "./receive.ts";
import { tags } from "./tags.ts";

declare module "../define.ts" {
  interface Sdks {
    sqs: typeof import("@aws-sdk/client-sqs");
  }
}

/** Amazon SQS: standard and FIFO queues. */
export const sqs = defineService({
  id: "sqs",
  load: () => import("@aws-sdk/client-sqs"),
  wire: {
    protocols: ["awsJson1_0", "awsQuery"],
    target: "AmazonSQS",
    version: "2012-11-05",
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
    signingName: "sqs",
    hosts: ["sqs", "queue"],
    validationCode: "InvalidParameterValueException",
  },
  handlers: {
    ...queues,
    ...messages,
    ...receive,
    ...receipts,
    ...deadLetters,
    ...moves,
    ...tags,
    ...permissions,
  },
  background,
});
