import type { ResourceTypes } from "../../define.ts";
import { access } from "./stack/access.ts";
import { account } from "./stack/account.ts";
import { apis } from "./stack/apis.ts";
import { documentation } from "./stack/documentation.ts";
import { domains } from "./stack/domains.ts";
import { stages } from "./stack/stages.ts";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html */
export const restResources: ResourceTypes = {
  ...apis,
  ...stages,
  ...access,
  ...account,
  ...documentation,
  ...domains,
};
