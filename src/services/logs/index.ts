import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    logs: typeof import("@aws-sdk/client-cloudwatch-logs");
  }
}

/** Amazon CloudWatch Logs. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/ */
export const logs = defineService({
  id: "logs",
  load: () => import("@aws-sdk/client-cloudwatch-logs"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "Logs_20140328",
    version: "2014-03-28",
    signingName: "logs",
    // SDKs from before April 2026 write the second.
    hostPrefixes: ["stream-", "streaming-"],
    validationCode: "InvalidParameterException",
  },
  keys: "logs",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
