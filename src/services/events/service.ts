import type { Service } from "../define.ts";
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

export const service: Service<"events"> = {
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
};
