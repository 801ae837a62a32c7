import type * as sdk from "@aws-sdk/client-scheduler";
import type { Handlers } from "../define.ts";
import { fault, invalid } from "./faults.ts";
import { DEFAULT_GROUP, groupArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import { type GroupRecord, groupsOf, readGroup, writeGroup } from "./records.ts";
import { requireGroup } from "./require.ts";
import { checkedTags, readTags } from "./tags.ts";
import { noteDeletion, wasDeleted } from "./tokens.ts";

const MOST_GROUPS = 500;

export const groups = {
  async CreateScheduleGroup(input, context) {
    const { scope, store, clock } = context;
    const name = { ...scope, group: input.Name ?? "" };
    const nowMs = Math.floor(clock.now());
    const token = input.ClientToken;
    const tags = checkedTags(readTags(input.Tags));
    return store.transact(async (tx) => {
      const old = await readGroup(tx, name);
      if (old?.state === "ACTIVE" && token !== undefined && old.token === token) {
        return { ScheduleGroupArn: groupArn(name) };
      }
      if (old) throw fault("ConflictException", `Schedule group ${name.group} already exists.`);
      if ((await groupsOf(tx, scope)).length >= MOST_GROUPS) {
        throw fault("ServiceQuotaExceededException", "Account limit exceeded for schedule groups.");
      }
      const { account, region, group } = name;
      writeGroup(tx, {
        v: 1,
        ...{ account, region, group },
        state: "ACTIVE",
        createdMs: nowMs,
        modifiedMs: nowMs,
        tags,
        ...(token === undefined ? {} : { token }),
      });
      return { ScheduleGroupArn: groupArn(name) };
    });
  },

  async GetScheduleGroup(input, { scope, store }) {
    return describe(await store.transact((tx) => requireGroup(tx, { ...scope, group: input.Name ?? "" })));
  },

  async ListScheduleGroups(input, { scope, store }) {
    const all = await store.transact((tx) => groupsOf(tx, scope));
    const { items, token } = await pageOf(
      (after) => all.filter(({ group }) => after === undefined || group > (after[0] ?? "")),
      input,
      ({ group }) => [group],
      ({ group }) => group.startsWith(input.NamePrefix ?? ""),
    );
    return { ScheduleGroups: items.map(describe), ...token };
  },

  async DeleteScheduleGroup(input, { scope, store, clock }) {
    const name = { ...scope, group: input.Name ?? "" };
    const nowMs = Math.floor(clock.now());
    const deletion = { arn: groupArn(name), token: input.ClientToken };
    if (name.group === DEFAULT_GROUP) throw invalid("The default schedule group cannot be deleted.");
    await store.transact(async (tx) => {
      if (await wasDeleted(tx, deletion, nowMs)) return;
      const group = await requireGroup(tx, name);
      if (group.state === "ACTIVE") writeGroup(tx, { ...group, state: "DELETING", modifiedMs: nowMs });
      await noteDeletion(tx, deletion, nowMs);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** The default group has been there since before anybody asked. */
function describe(group: GroupRecord): sdk.ScheduleGroupSummary {
  return {
    Arn: groupArn(group),
    Name: group.group,
    State: group.state,
    ...(group.createdMs === 0
      ? {}
      : { CreationDate: new Date(group.createdMs), LastModificationDate: new Date(group.modifiedMs) }),
  };
}
