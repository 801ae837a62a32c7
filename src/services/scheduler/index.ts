import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    scheduler: typeof import("@aws-sdk/client-scheduler");
  }
}

/** Amazon EventBridge Scheduler: one-time and recurring invocations of any target. */
export const scheduler = defineService({
  id: "scheduler",
  load: () => import("@aws-sdk/client-scheduler"),
  wire: {
    protocols: ["restJson1"],
    version: "2021-06-30",
    signingName: "scheduler",
  },
  keys: "scheduler",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
