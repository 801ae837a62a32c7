import type { Service } from "../define.ts";
import { management } from "./websocket/management.ts";

export const service: Service<"apigatewaymanagementapi"> = {
  handlers: management,
};
