import type { Service } from "../define.ts";
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

export const service: Service<"sns"> = {
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
};
