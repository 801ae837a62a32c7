import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import { invalid } from "./faults.ts";
import { type GroupName, identifiedGroup } from "./names.ts";
import { type GroupRecord, writeGroup } from "./records.ts";

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const groupSettings = {
  async PutRetentionPolicy({ logGroupName: name = "", retentionInDays = 0 }, context) {
    if (!RETENTION_DAYS.includes(retentionInDays)) {
      throw invalid(
        `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy ` +
          `constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(", ")}]`,
      );
    }
    await change(context, { ...context.scope, name }, (group) => {
      if (group.class === "DELIVERY") {
        throw invalid("The retention of a log group of class DELIVERY cannot be changed.");
      }
      return { ...group, retentionDays: retentionInDays };
    });
    return {};
  },

  async DeleteRetentionPolicy({ logGroupName: name = "" }, context) {
    await change(context, { ...context.scope, name }, ({ retentionDays: _, ...rest }) => rest);
    return {};
  },

  async PutLogGroupDeletionProtection({ logGroupIdentifier = "", deletionProtectionEnabled }, context) {
    await change(
      context,
      identifiedGroup(context.scope, logGroupIdentifier),
      ({ isProtected: _, ...rest }) => (deletionProtectionEnabled ? { ...rest, isProtected: true } : rest),
    );
    return {};
  },
} satisfies Handlers<typeof sdk>;

async function change(
  { store }: Context,
  name: GroupName,
  edit: (group: GroupRecord) => GroupRecord,
): Promise<void> {
  await store.transact(async (tx) => writeGroup(tx, edit(await requireGroup(tx, name))));
}
