import type { Service } from "../define.ts";
import { constraints } from "./constraints.ts";
import { pipes as operations } from "./pipes.ts";
import { tags } from "./tags.ts";

export const service: Service<"pipes"> = {
  handlers: { ...operations, ...tags },
  constraints,
};
