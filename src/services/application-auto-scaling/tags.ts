import type * as sdk from "@aws-sdk/client-application-auto-scaling";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { fault, invalid } from "./faults.ts";
import { findRecord, putRecord, recordsOf, type TargetRecord } from "./records.ts";

const MOST_TAGS = 50;
const ARN = /^arn:.+:application-autoscaling:([^:]+):(\d+):scalable-target\/([a-zA-Z0-9-]+)$/;
/** AWS keeps these keys to itself. */
const RESERVED = /^aws:/i;

type Tags = Readonly<Record<string, string>>;

export const tags = {
  async TagResource({ ResourceARN = "", Tags: added = {} }, { store, scope }) {
    checkTags(added, ResourceARN);
    await store.transact(async (tx) => {
      const target = await targetOfArn(tx, scope, ResourceARN);
      const merged = { ...target.tags, ...added };
      if (Object.keys(merged).length > MOST_TAGS) throw tooMany(ResourceARN);
      putRecord(tx, "target", { ...target, tags: merged });
    });
    return {};
  },

  async UntagResource({ ResourceARN = "", TagKeys = [] }, { store, scope }) {
    await store.transact(async (tx) => {
      const target = await targetOfArn(tx, scope, ResourceARN);
      const left = Object.entries(target.tags ?? {}).filter(([key]) => !TagKeys.includes(key));
      putRecord(tx, "target", { ...target, tags: Object.fromEntries(left) });
    });
    return {};
  },

  async ListTagsForResource({ ResourceARN = "" }, { store, scope }) {
    const target = await store.transact((tx) => targetOfArn(tx, scope, ResourceARN));
    return { Tags: { ...target.tags } };
  },
} satisfies Handlers<typeof sdk>;

export const forecasts = {
  /** Predictive policies scale services of containers: there is none for a table to have a forecast of. */
  async GetPredictiveScalingForecast(input, { store, scope }) {
    const { ServiceNamespace = "", ResourceId = "", ScalableDimension = "", PolicyName = "" } = input;
    const own = { namespace: ServiceNamespace, resourceId: ResourceId, dimension: ScalableDimension };
    const policy = await store.transact((tx) => findRecord(tx, "policy", scope, own, PolicyName));
    if (policy) throw invalid(`Scaling policy ${PolicyName} is not a predictive scaling policy`);
    throw invalid(
      `No scaling policy found named ${PolicyName} for service namespace: ${ServiceNamespace}, ` +
        `resource ID: ${ResourceId}, scalable dimension: ${ScalableDimension}`,
    );
  },
} satisfies Handlers<typeof sdk>;

/** Faults: ValidationException, TooManyTagsException. */
export function checkTags(added: Tags, arn: string): void {
  const reserved = Object.keys(added).find((key) => RESERVED.test(key));
  if (reserved !== undefined) {
    throw invalid(`Tag keys that begin with aws: are reserved for system use: ${reserved}`);
  }
  if (Object.keys(added).length > MOST_TAGS) throw tooMany(arn);
}

function tooMany(arn: string) {
  return fault("TooManyTagsException", `A scalable target can have ${MOST_TAGS} tags at most`, {
    ResourceName: arn,
  });
}

async function targetOfArn(tx: Transaction, scope: Context["scope"], arn: string): Promise<TargetRecord> {
  const [, region, account, id] = ARN.exec(arn) ?? [];
  const all = await recordsOf(tx, "target");
  const found = all.find((target) => target.id === id && target.account === account);
  if (found && region === scope.region && account === scope.account) return found;
  throw fault("ResourceNotFoundException", `The specified resource ${arn} doesn't exist`, {
    ResourceName: arn,
  });
}
