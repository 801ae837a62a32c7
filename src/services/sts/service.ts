import type { Service } from "../define.ts";
import { assume } from "./assume.ts";
import { constraints } from "./constraints.ts";
import { identity } from "./identity.ts";
import { tokens } from "./tokens.ts";

export const service: Service<"sts"> = {
  handlers: { ...identity, ...assume, ...tokens },
  constraints,
};
