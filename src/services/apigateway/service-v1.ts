import type { Service } from "../define.ts";
import { rest } from "./rest/handlers.ts";

export const service: Service<"apigateway"> = {
  handlers: { ...rest },
};
