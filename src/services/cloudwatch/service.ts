import type { Service } from "../define.ts";
import { acting } from "./alarms/actions.ts";
import { tellingBus } from "./alarms/bus-events.ts";
import { describeAlarms } from "./alarms/describe.ts";
import { putAlarms } from "./alarms/put.ts";
import { states } from "./alarms/states.ts";
import { watching } from "./alarms/watching.ts";
import { constraints } from "./constraints.ts";
import { dashboards } from "./dashboards/dashboards.ts";
import { getStatistics } from "./data/get-statistics.ts";
import { folding } from "./data/keeping.ts";
import { list } from "./data/list.ts";
import { put } from "./data/put.ts";
import { getData } from "./math/get-data.ts";
import { tags } from "./tags.ts";

export const service: Service<"cloudwatch"> = {
  handlers: {
    ...dashboards,
    ...tags,
    ...put,
    ...getStatistics,
    ...getData,
    ...list,
    ...putAlarms,
    ...states,
    ...describeAlarms,
  },
  constraints,
  async background(world) {
    await Promise.all([folding(world), watching(world), acting(world), tellingBus(world)]);
  },
};
