import type { Service } from "../define.ts";
import { changeSets } from "./change-sets.ts";
import { control } from "./control.ts";
import { drift } from "./drift.ts";
import { looking } from "./looking.ts";
import { sendNotices } from "./notices.ts";
import { registry } from "./registry.ts";
import { stacks } from "./stacks.ts";
import { workOnStacks } from "./work.ts";

export const service: Service<"cloudformation"> = {
  handlers: { ...stacks, ...looking, ...changeSets, ...control, ...drift, ...registry },
  async background(world) {
    await Promise.all([workOnStacks(world), sendNotices(world)]);
  },
};
