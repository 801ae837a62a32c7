import type * as sdk from "@aws-sdk/client-api-gateway";
import { badRequest, notFound } from "./faults.ts";
import { type PatchRule, readNumber, textRule } from "./patch.ts";

/** `{api}:{stage}` */
function stageNamed(value: string) {
  const [apiId, stage] = value.split(":");
  if (!apiId || !stage)
    throw badRequest(
      `Invalid API stage specified: ${value}. It is an API's id and a stage's name with a colon between them`,
    );
  return { apiId, stage };
}

function stageOf(plan: sdk.UsagePlan, name: string): sdk.ApiStage {
  const { apiId, stage } = stageNamed(name);
  const found = plan.apiStages?.find((each) => each.apiId === apiId && each.stage === stage);
  if (!found) throw notFound(`API Stage not found: ${name}`);
  return found;
}

function limitRule(
  path: string,
  settingsOf: (plan: sdk.UsagePlan, names: readonly string[]) => sdk.ThrottleSettings,
  name: keyof sdk.ThrottleSettings,
): PatchRule<sdk.UsagePlan> {
  return {
    path,
    ops: ["add", "replace", "remove"],
    apply(plan, { op, value, names }) {
      const settings = settingsOf(plan, names);
      if (op === "remove") delete settings[name];
      else settings[name] = readNumber(value);
    },
  };
}

const throttleOf = (plan: sdk.UsagePlan) => {
  plan.throttle ??= {};
  return plan.throttle;
};

/** Of one method of one of the plan's stages. */
const methodThrottleOf = (plan: sdk.UsagePlan, [name = "", path = "", method = ""]: readonly string[]) => {
  const stage = stageOf(plan, name);
  const settings = stage.throttle?.[`${path}/${method}`] ?? {};
  stage.throttle = { ...stage.throttle, [`${path}/${method}`]: settings };
  return settings;
};

/** https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateUsagePlan-Patch */
export const PLAN_RULES: readonly PatchRule<sdk.UsagePlan>[] = [
  textRule("/name", "name"),
  textRule("/description", "description"),
  textRule("/productCode", "productCode"),
  {
    path: "/apiStages",
    ops: ["add", "remove"],
    apply(plan, { op, value }) {
      const { apiId, stage } = stageNamed(value);
      const others = (plan.apiStages ?? []).filter((each) => each.apiId !== apiId || each.stage !== stage);
      if (op === "remove") stageOf(plan, value);
      plan.apiStages = op === "add" ? [...others, { apiId, stage }] : others;
    },
  },
  {
    path: "/apiStages/{}/throttle",
    ops: ["remove", "replace"],
    apply(plan, { op, value, names: [name = ""] }) {
      const stage = stageOf(plan, name);
      if (op === "remove") delete stage.throttle;
      else stage.throttle = JSON.parse(value) as Record<string, sdk.ThrottleSettings>;
    },
  },
  limitRule("/apiStages/{}/throttle/{}/{}/rateLimit", methodThrottleOf, "rateLimit"),
  limitRule("/apiStages/{}/throttle/{}/{}/burstLimit", methodThrottleOf, "burstLimit"),
  limitRule("/throttle/rateLimit", throttleOf, "rateLimit"),
  limitRule("/throttle/burstLimit", throttleOf, "burstLimit"),
  {
    path: "/throttle",
    ops: ["remove"],
    apply(plan) {
      delete plan.throttle;
    },
  },
  {
    path: "/quota",
    ops: ["remove"],
    apply(plan) {
      delete plan.quota;
    },
  },
  {
    path: "/quota/{}",
    ops: ["add", "replace"],
    apply(plan, { value, names: [name = ""] }) {
      plan.quota ??= {};
      if (name === "period") plan.quota.period = value as sdk.QuotaPeriodType;
      else if (name === "limit" || name === "offset") plan.quota[name] = readNumber(value);
      else throw badRequest(`Invalid patch path '/quota/${name}' specified for op 'replace'.`);
    },
  },
];
