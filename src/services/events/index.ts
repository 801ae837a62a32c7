import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    events: typeof import("@aws-sdk/client-eventbridge");
  }
}

/** Amazon EventBridge: event buses, rules, archives and API destinations. */
export const events = defineService({
  id: "events",
  load: () => import("@aws-sdk/client-eventbridge"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "AWSEvents",
    version: "2015-10-07",
    xmlNamespace: "http://events.amazonaws.com/doc/2015-10-07",
    signingName: "events",
  },
  keys: "events",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
