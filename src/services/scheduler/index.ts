import { defineService } from "../define.ts";
import { background } from "./background.ts";
import { constraints } from "./constraints.ts";
import { groups } from "./groups.ts";
import { schedules } from "./schedules.ts";
import { tags } from "./tags.ts";

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
  handlers: { ...schedules, ...groups, ...tags },
  constraints,
  background,
});
