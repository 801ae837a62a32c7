import type * as sdk from "@aws-sdk/client-cloudwatch";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { readAlarm, writeAlarm } from "./alarms/records.ts";
import { readDashboard, writeDashboard } from "./dashboards/dashboards.ts";
import { fault, invalidValue } from "./faults.ts";
import { checkTags, readTags } from "./tag-rules.ts";

type Tags = Readonly<Record<string, string>>;

export const tags = {
  async TagResource({ ResourceARN: arn = "", Tags }, context) {
    const given = readTags(Tags);
    await changeTags(context, arn, (old) => checkTags({ ...old, ...given }));
    return {};
  },

  async UntagResource({ ResourceARN: arn = "", TagKeys = [] }, context) {
    await changeTags(context, arn, (old) =>
      Object.fromEntries(Object.entries(old).filter(([key]) => !TagKeys.includes(key))),
    );
    return {};
  },

  async ListTagsForResource({ ResourceARN: arn = "" }, context) {
    const found = await changeTags(context, arn, undefined);
    const [, , , isAlarm, , name = ""] = ARN.exec(arn) ?? [];
    const marks: Record<string, string> = {};
    for (const type of isAlarm ? ["Alarm", "CompositeAlarm"] : ["Dashboard"])
      Object.assign(marks, await stackTags(context, `AWS::CloudWatch::${type}`, name));
    return { Tags: Object.entries({ ...found, ...marks }).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Handlers<typeof sdk>;

const ARN = /^arn:[^:]+:cloudwatch:([^:]*):(\d{12}):(?:(alarm):|(dashboard)\/)(.+)$/;

/** Changes the tags of an alarm or a dashboard, or only reads them. */
function changeTags(
  { store }: Context,
  arn: string,
  change: ((old: Tags) => Tags) | undefined,
): Promise<Tags> {
  const [, region = "", account = "", isAlarm, , name = ""] = ARN.exec(arn) ?? [];
  if (name === "") throw invalidValue(`Invalid ARN: ${arn}`);
  const missing = () => fault("ResourceNotFoundException", `Unknown resource: ${arn}`);
  return store.transact(async (tx) => {
    if (isAlarm) {
      const alarm = await readAlarm(tx, { account, region, name });
      if (!alarm) throw missing();
      if (!change) return alarm.tags;
      const tags = change(alarm.tags);
      writeAlarm(tx, { ...alarm, tags });
      return tags;
    }
    const dashboard = await readDashboard(tx, account, name);
    if (!dashboard) throw missing();
    if (!change) return dashboard.tags;
    const tags = change(dashboard.tags);
    writeDashboard(tx, { ...dashboard, tags });
    return tags;
  });
}
