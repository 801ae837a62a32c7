import type { Service } from "../define.ts";
import { delivering } from "./channel-delivery.ts";
import { channels } from "./channels.ts";
import { constraints } from "./constraints.ts";
import { consumers } from "./consumers.ts";
import { get } from "./get.ts";
import { listing } from "./listing.ts";
import { policies } from "./policies.ts";
import { put } from "./put.ts";
import { resharding } from "./resharding.ts";
import { settings } from "./settings.ts";
import { streams } from "./streams.ts";
import { subscribing } from "./subscribe.ts";
import { tags } from "./tags.ts";
import { throughput } from "./throughput.ts";
import { trimming } from "./trimming.ts";

export const service: Service<"kinesis"> = {
  handlers: {
    ...streams,
    ...put,
    ...get,
    ...listing,
    ...resharding,
    ...settings,
    ...throughput,
    ...consumers,
    ...subscribing,
    ...tags,
    ...policies,
    ...channels,
  },
  // Kept and given back: nobody is kept out, and nothing is encrypted or charted.
  withoutEffect: [
    "PutResourcePolicy",
    "DeleteResourcePolicy",
    "StartStreamEncryption",
    "StopStreamEncryption",
    "EnableEnhancedMonitoring",
    "DisableEnhancedMonitoring",
  ],
  constraints,
  async background(world) {
    await Promise.all([trimming(world), delivering(world)]);
  },
};
