import { defineService } from "../define.ts";
import { apiDestinations } from "./api-destinations.ts";
import { archives } from "./archives.ts";
import { background } from "./background.ts";
import { buses } from "./buses.ts";
import { connections } from "./connections.ts";
import { constraints } from "./constraints.ts";
import { endpoints } from "./endpoints.ts";
import { partners } from "./partners.ts";
import { patterns } from "./patterns.ts";
import { permissions } from "./permissions.ts";
import { putEvents } from "./put-events.ts";
import { replays } from "./replays.ts";
import { rules } from "./rules.ts";
import { tags } from "./tags.ts";
import { targets } from "./targets.ts";

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
  handlers: {
    ...buses,
    ...permissions,
    ...rules,
    ...targets,
    ...patterns,
    ...putEvents,
    ...archives,
    ...replays,
    ...connections,
    ...apiDestinations,
    ...endpoints,
    ...partners,
    ...tags,
  },
  constraints,
  background,
  withoutEffect: ["CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint"],
});
