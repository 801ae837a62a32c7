import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    ssm: typeof import("@aws-sdk/client-ssm");
  }
}

/**
 * AWS Systems Manager: its Parameter Store.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/
 */
export const ssm = defineService({
  id: "ssm",
  load: () => import("@aws-sdk/client-ssm"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "AmazonSSM",
    version: "2014-11-06",
    xmlNamespace: "http://ssm.amazonaws.com/doc/2014-11-06/",
    signingName: "ssm",
  },
  keys: "ssm",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
