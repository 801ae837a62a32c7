import type { Service } from "../define.ts";

export const service: Service<"kms"> = {
  handlers: {},
};
