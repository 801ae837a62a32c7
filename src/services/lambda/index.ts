import { defineService } from "../define.ts";
import { aliases } from "./aliases.ts";
import { concurrency } from "./concurrency.ts";
import { constraints } from "./constraints.ts";
import { eventInvoke } from "./event-invoke.ts";
import { eventSources } from "./event-sources.ts";
import { functions } from "./functions.ts";
import { invoke } from "./invoke.ts";
import { permissions } from "./permissions.ts";
import { provisioned } from "./provisioned.ts";
import { keepProvisioned } from "./provisioning.ts";
import { reading } from "./reading.ts";
import { codeInUse } from "./records.ts";
import { runtimeManagement } from "./runtime-management.ts";
import { tags } from "./tags.ts";
import { versions } from "./versions.ts";
import { warmRuntimes } from "./warm.ts";

declare module "../define.ts" {
  interface Sdks {
    lambda: typeof import("@aws-sdk/client-lambda");
  }
}

/** AWS Lambda: functions, their versions and aliases, and who may invoke them. */
export const lambda = defineService({
  id: "lambda",
  load: () => import("@aws-sdk/client-lambda"),
  wire: { protocols: ["restJson1"], version: "2015-03-31", signingName: "lambda" },
  handlers: {
    ...functions,
    ...reading,
    ...versions,
    ...aliases,
    ...invoke,
    ...permissions,
    ...concurrency,
    ...provisioned,
    ...eventInvoke,
    ...eventSources,
    ...tags,
    ...runtimeManagement,
  },
  constraints,
  background: async (world) => {
    await Promise.all([warmRuntimes(world), keepProvisioned(world)]);
  },
  holdsBlob: (store, blob) => store.transact((tx) => codeInUse(tx, blob)),
  withoutEffect: ["PutRuntimeManagementConfig"],
});
