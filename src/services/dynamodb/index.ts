import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    dynamodb: typeof import("@aws-sdk/client-dynamodb");
  }
}

/** Amazon DynamoDB. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ */
export const dynamodb = defineService({
  id: "dynamodb",
  load: () => import("@aws-sdk/client-dynamodb"),
  wire: {
    protocols: ["awsJson1_0"],
    target: "DynamoDB_20120810",
    version: "2012-08-10",
    signingName: "dynamodb",
  },
  keys: "ddb",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
