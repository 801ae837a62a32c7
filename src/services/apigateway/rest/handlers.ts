import { apis } from "./apis.ts";
import { authorizers } from "./authorizers.ts";
import { deployments } from "./deployments.ts";
import { documentation } from "./documentation.ts";
import { trials } from "./execution/test-invoke.ts";
import { gatewayResponses } from "./gateway-responses.ts";
import { integrations } from "./integrations.ts";
import { keys } from "./keys.ts";
import { links } from "./links.ts";
import { methods } from "./methods.ts";
import { models } from "./models.ts";
import { exports_ } from "./openapi/export.ts";
import { imports } from "./openapi/import.ts";
import { resources } from "./resources.ts";
import { stages } from "./stages.ts";
import { tags } from "./tags.ts";
import { usage } from "./usage.ts";
import { usagePlans } from "./usage-plans.ts";
import { validators } from "./validators.ts";

/** The control plane of REST APIs. */
export const rest = {
  ...apis,
  ...resources,
  ...methods,
  ...integrations,
  ...models,
  ...validators,
  ...authorizers,
  ...gatewayResponses,
  ...deployments,
  ...stages,
  ...keys,
  ...usagePlans,
  ...usage,
  ...documentation,
  ...links,
  ...imports,
  ...exports_,
  ...trials,
  ...tags,
};
