import type { Service } from "../define.ts";
import { changeSets } from "./change-sets.ts";
import { looking } from "./looking.ts";
import { stacks } from "./stacks.ts";
import { workOnStacks } from "./work.ts";

export const service: Service<"cloudformation"> = {
  handlers: { ...stacks, ...looking, ...changeSets },
  background: workOnStacks,
};
