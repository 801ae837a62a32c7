import type { Service } from "../define.ts";
import { agreement } from "./agreement.ts";
import { aliases } from "./aliases.ts";
import { keepTime } from "./clockwork.ts";
import { constraints } from "./constraints.ts";
import { dataKeys } from "./data-keys.ts";
import { deletion } from "./deletion.ts";
import { encryption } from "./encryption.ts";
import { grants } from "./grants.ts";
import { importing } from "./importing.ts";
import { keys } from "./keys.ts";
import { macs } from "./macs.ts";
import { policies } from "./policies.ts";
import { regions } from "./regions.ts";
import { rotation } from "./rotation.ts";
import { signing } from "./signing.ts";
import { tags } from "./tags.ts";

export const service: Service<"kms"> = {
  handlers: {
    ...keys,
    ...aliases,
    ...policies,
    ...tags,
    ...encryption,
    ...dataKeys,
    ...signing,
    ...macs,
    ...agreement,
    ...grants,
    ...deletion,
    ...rotation,
    ...importing,
    ...regions,
  },
  constraints,
  background: keepTime,
};
