import type { Service } from "../define.ts";
import { background } from "./background.ts";
import { constraints } from "./constraints.ts";
import { groups } from "./groups.ts";
import { schedules } from "./schedules.ts";
import { tags } from "./tags.ts";

export const service: Service<"scheduler"> = {
  handlers: { ...schedules, ...groups, ...tags },
  constraints,
  background,
};
