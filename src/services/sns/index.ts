import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    sns: typeof import("@aws-sdk/client-sns");
  }
}

/** Amazon SNS: standard and FIFO topics. */
export const sns = defineService({
  id: "sns",
  load: () => import("@aws-sdk/client-sns"),
  wire: {
    protocols: ["awsQuery"],
    version: "2010-03-31",
    xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    signingName: "sns",
    validationCode: "ValidationError",
  },
  keys: "sns",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
