import { defineService } from "../define.ts";

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
  keys: "sqs",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
