import { defineService } from "../../define.ts";

declare module "../../define.ts" {
  interface Sdks {
    "dynamodb-streams": typeof import("@aws-sdk/client-dynamodb-streams");
  }
}

/** Amazon DynamoDB Streams: a service of its own on the wire, over the records of DynamoDB's tables. */
export const dynamodbStreams = defineService({
  id: "dynamodb-streams",
  load: () => import("@aws-sdk/client-dynamodb-streams"),
  wire: {
    protocols: ["awsJson1_0"],
    target: "DynamoDBStreams_20120810",
    version: "2012-08-10",
    signingName: "dynamodb",
    hosts: ["streams.dynamodb"],
  },
  open: () => import("./service.ts"),
});
