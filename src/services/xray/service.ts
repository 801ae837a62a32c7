import type { Service } from "../define.ts";
import { groups } from "./groups.ts";
import { putting } from "./put.ts";
import { reading } from "./reading.ts";
import { sampling } from "./sampling.ts";
import { tags } from "./tags.ts";

export const service: Service<"xray"> = {
  handlers: { ...putting, ...reading, ...groups, ...sampling, ...tags },
  withoutEffect: ["PutTelemetryRecords"],
};
