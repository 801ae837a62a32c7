import type { Service } from "../define.ts";

export const service: Service<"iam"> = {
  handlers: {},
};
