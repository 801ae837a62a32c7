import type { Service } from "../define.ts";
import { aliases } from "./aliases.ts";
import { concurrency } from "./concurrency.ts";
import { constraints } from "./constraints.ts";
import { eventInvoke } from "./event-invoke.ts";
import { eventSources } from "./event-sources.ts";
import { functions } from "./functions.ts";
import { invoke } from "./invoke.ts";
import { invokeStream } from "./invoke-stream.ts";
import { layerPermissions } from "./layer-permissions.ts";
import { layers } from "./layers.ts";
import { permissions } from "./permissions.ts";
import { provisioned } from "./provisioned.ts";
import { keepProvisioned } from "./provisioning.ts";
import { reading } from "./reading.ts";
import { codeInUse } from "./records.ts";
import { runtimeManagement } from "./runtime-management.ts";
import { tags } from "./tags.ts";
import { urls } from "./urls/operations.ts";
import { site } from "./urls/site.ts";
import { versions } from "./versions.ts";
import { warmRuntimes } from "./warm.ts";

export const service: Service<"lambda"> = {
  handlers: {
    ...functions,
    ...layers,
    ...layerPermissions,
    ...reading,
    ...versions,
    ...aliases,
    ...invoke,
    ...invokeStream,
    ...permissions,
    ...concurrency,
    ...provisioned,
    ...eventInvoke,
    ...eventSources,
    ...tags,
    ...urls,
    ...runtimeManagement,
  },
  constraints,
  site,
  background: async (world) => {
    await Promise.all([warmRuntimes(world), keepProvisioned(world)]);
  },
  holdsBlob: (store, blob) => store.transact((tx) => codeInUse(tx, blob)),
  withoutEffect: ["PutRuntimeManagementConfig"],
};
