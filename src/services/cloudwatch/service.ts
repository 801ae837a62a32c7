import type { Service } from "../define.ts";
import { constraints } from "./constraints.ts";
import { getStatistics } from "./data/get-statistics.ts";
import { folding } from "./data/keeping.ts";
import { list } from "./data/list.ts";
import { put } from "./data/put.ts";
import { getData } from "./math/get-data.ts";

export const service: Service<"cloudwatch"> = {
  handlers: { ...put, ...getStatistics, ...getData, ...list },
  constraints,
  background: (world) => folding(world),
};
