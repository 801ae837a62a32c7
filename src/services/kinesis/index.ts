import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    kinesis: typeof import("@aws-sdk/client-kinesis");
  }
}

/** Amazon Kinesis Data Streams. https://docs.aws.amazon.com/kinesis/latest/APIReference/ */
export const kinesis = defineService({
  id: "kinesis",
  load: () => import("@aws-sdk/client-kinesis"),
  wire: {
    protocols: ["awsJson1_1", "awsCbor1_1"],
    target: "Kinesis_20131202",
    version: "2013-12-02",
    signingName: "kinesis",
  },
  keys: "kinesis",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
