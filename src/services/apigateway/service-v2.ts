import type { Service } from "../define.ts";
import { site } from "./site.ts";

export const service: Service<"apigatewayv2"> = {
  handlers: {},
  site,
};
