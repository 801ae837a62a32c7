import type { Service } from "../define.ts";
import { tagsV1 } from "./domains/tags-v1.ts";
import { domainsV1 } from "./domains/v1.ts";
import { rememberWorld } from "./rest/execution/world.ts";
import { rest } from "./rest/handlers.ts";

export const service: Service<"apigateway"> = {
  handlers: { ...rest, ...domainsV1, ...tagsV1 },
  background: rememberWorld,
};
