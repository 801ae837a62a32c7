import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    sns: typeof import("@aws-sdk/client-sns");
  }
}

/** What the service is for, in one sentence. */
export const sns = defineService({
  id: "sns",
  load: () => import("@aws-sdk/client-sns"),
  wire: {
    protocols: ["awsQuery"],
    version: "2010-03-31",
    xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    signingName: "sns",
  },
  handlers: {},
});
