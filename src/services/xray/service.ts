import type { Service } from "../define.ts";
import { constraints } from "./constraints.ts";
import { destination } from "./destination.ts";
import { encryption } from "./encryption.ts";
import { groups } from "./groups.ts";
import { indexing } from "./indexing.ts";
import { insights } from "./insights.ts";
import { actByItself } from "./own-context.ts";
import { policies } from "./policies.ts";
import { putting } from "./put.ts";
import { reading } from "./reading.ts";
import { retrievals } from "./retrievals.ts";
import { sampling } from "./sampling.ts";
import { samplingStatistics } from "./sampling-statistics.ts";
import { tags } from "./tags.ts";

export const service: Service<"xray"> = {
  handlers: {
    ...putting,
    ...reading,
    ...groups,
    ...sampling,
    ...samplingStatistics,
    ...tags,
    ...encryption,
    ...policies,
    ...insights,
    ...indexing,
    ...destination,
    ...retrievals,
  },
  constraints,
  background: actByItself,
  withoutEffect: ["PutTelemetryRecords"],
};
