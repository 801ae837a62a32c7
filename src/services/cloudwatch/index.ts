import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    cloudwatch: typeof import("@aws-sdk/client-cloudwatch");
  }
}

/** Amazon CloudWatch: metrics, alarms, dashboards. https://docs.aws.amazon.com/AmazonCloudWatch/latest/ */
export const cloudwatch = defineService({
  id: "cloudwatch",
  load: () => import("@aws-sdk/client-cloudwatch"),
  wire: {
    protocols: ["awsJson1_0", "rpcV2Cbor", "awsQuery"],
    target: "GraniteServiceVersion20100801",
    version: "2010-08-01",
    xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    signingName: "monitoring",
    validationCode: "ValidationError",
  },
  keys: "cloudwatch",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
