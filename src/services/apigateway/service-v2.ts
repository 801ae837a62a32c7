import type { Service } from "../define.ts";
import { routingRules } from "./domains/rules.ts";
import { domainsV2 } from "./domains/v2.ts";
import { site } from "./site.ts";
import { apis } from "./v2/apis.ts";
import { authorizers } from "./v2/authorizers.ts";
import { integrations } from "./v2/integrations.ts";
import { models } from "./v2/models.ts";
import { openApi } from "./v2/openapi.ts";
import { routes } from "./v2/routes.ts";
import { stages } from "./v2/stages.ts";
import { tags, vpcLinks } from "./v2/vpc-links.ts";

export const service: Service<"apigatewayv2"> = {
  handlers: {
    ...apis,
    ...routes,
    ...integrations,
    ...authorizers,
    ...models,
    ...stages,
    ...openApi,
    ...domainsV2,
    ...routingRules,
    ...vpcLinks,
    ...tags,
  },
  // Functions and what is outside are in reach without a link into a private network.
  withoutEffect: ["CreateVpcLink", "UpdateVpcLink", "DeleteVpcLink"],
  site,
};
