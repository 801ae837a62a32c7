import type { Service } from "../define.ts";

export const service: Service<"ssm"> = {
  handlers: {},
};
