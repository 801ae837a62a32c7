import type { Service } from "../define.ts";
import { keepTime } from "./clockwork.ts";
import { constraints } from "./constraints.ts";
import { deletion } from "./deletion.ts";
import { lists } from "./lists.ts";
import { passwords } from "./passwords.ts";
import { policies } from "./policies.ts";
import { replicas } from "./replicas.ts";
import { rotation } from "./rotation.ts";
import { secrets } from "./secrets.ts";
import { tags } from "./tags.ts";
import { values } from "./values.ts";

export const service: Service<"secretsmanager"> = {
  handlers: {
    ...secrets,
    ...values,
    ...lists,
    ...deletion,
    ...rotation,
    ...replicas,
    ...policies,
    ...passwords,
    ...tags,
  },
  constraints,
  background: keepTime,
};
