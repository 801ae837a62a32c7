import { defineService } from "../define.ts";
import { applications } from "./applications.ts";
import { background } from "./background.ts";
import { confirming } from "./confirming.ts";
import { constraints } from "./constraints.ts";
import { permissions } from "./permissions.ts";
import { platformEndpoints } from "./platform-endpoints.ts";
import { publish } from "./publish.ts";
import { batch } from "./publish-batch.ts";
import { sandbox } from "./sandbox.ts";
import { sms } from "./sms.ts";
import { subscriptions } from "./subscriptions.ts";
import { tags } from "./tags.ts";
import { topics } from "./topics.ts";

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
  handlers: {
    ...topics,
    ...permissions,
    ...tags,
    ...subscriptions,
    ...confirming,
    ...publish,
    ...batch,
    ...sms,
    ...sandbox,
    ...applications,
    ...platformEndpoints,
  },
  constraints,
  background,
  // Policies are kept, and nothing is looked for in messages.
  withoutEffect: ["PutDataProtectionPolicy"],
});
