import type { Service } from "../define.ts";
import { encryption } from "./encryption.ts";
import { groups } from "./groups.ts";
import { policies } from "./policies.ts";
import { putting } from "./put.ts";
import { reading } from "./reading.ts";
import { sampling } from "./sampling.ts";
import { tags } from "./tags.ts";

export const service: Service<"xray"> = {
  handlers: { ...putting, ...reading, ...groups, ...sampling, ...tags, ...encryption, ...policies },
  withoutEffect: ["PutTelemetryRecords"],
};
