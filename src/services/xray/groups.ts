import type * as sdk from "@aws-sdk/client-xray";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { invalid } from "./faults.ts";
import { type GroupExpressions, parseFilter } from "./filter.ts";
import { putTags } from "./tags.ts";

interface GroupRecord {
  readonly v: 1;
  readonly name: string;
  readonly arn: string;
  readonly expression: string;
  readonly insights: { readonly InsightsEnabled: boolean; readonly NotificationsEnabled: boolean };
}

const DEFAULT = "Default";
const keyOf = ({ account, region }: Scope, ...name: string[]): Key => ["xrayGroup", account, region, ...name];

/** Groups: filter expressions with a name. `Default` has all traces, and cannot be taken away. */
export const groups = {
  async CreateGroup(input, context) {
    const { scope } = context;
    const name = checkName(input.GroupName);
    const expression = checkExpression(input.FilterExpression);
    const record: GroupRecord = {
      v: 1,
      name,
      arn: formatArn("xray", scope, `group/${name}/${context.ids.hex(26).toUpperCase()}`),
      expression,
      insights: insightsOf(input.InsightsConfiguration),
    };
    await context.store.transact(async (tx) => {
      if (name === DEFAULT || (await tx.get(keyOf(scope, name)))) {
        throw invalid(`Group ${name} already exists.`);
      }
      tx.set(keyOf(scope, name), record as unknown as Value);
      await putTags(tx, record.arn, input.Tags ?? []);
    });
    return { Group: describe(record) };
  },

  async GetGroup(input, context) {
    const found = await context.store.transact((tx) =>
      requireGroup(tx, context.scope, input.GroupName ?? input.GroupARN),
    );
    return { Group: describe(found) };
  },

  async UpdateGroup(input, context) {
    const changed = await context.store.transact(async (tx) => {
      const record = await requireGroup(tx, context.scope, input.GroupName ?? input.GroupARN);
      const next: GroupRecord = {
        ...record,
        expression:
          input.FilterExpression === undefined ? record.expression : checkExpression(input.FilterExpression),
        insights: input.InsightsConfiguration ? insightsOf(input.InsightsConfiguration) : record.insights,
      };
      tx.set(keyOf(context.scope, record.name), next as unknown as Value);
      return next;
    });
    return { Group: describe(changed) };
  },

  async DeleteGroup(input, context) {
    await context.store.transact(async (tx) => {
      const { name } = await requireGroup(tx, context.scope, input.GroupName ?? input.GroupARN);
      if (name === DEFAULT) throw invalid("The default group cannot be deleted.");
      tx.delete(keyOf(context.scope, name));
    });
    return {};
  },

  async GetGroups(_input, context) {
    return { Groups: (await allGroups(context)).map(describe) };
  },
} satisfies Handlers<typeof sdk>;

/** A group by its name or ARN. Faults: InvalidRequestException. */
export async function groupNamed({ store, scope }: Context, named: string): Promise<GroupRecord> {
  return await store.transact((tx) => requireGroup(tx, scope, named));
}

/** The filter of a group, by its name or ARN; none where none is named. */
export async function expressionOf(context: Context, name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const { expression } = await groupNamed(context, name);
  return expression || undefined;
}

/** Of all groups, for expressions that name one. */
export async function groupExpressions(context: Context): Promise<GroupExpressions> {
  const known = await allGroups(context);
  return (named) => known.find(({ name, arn }) => name === named || arn === named)?.expression;
}

async function allGroups({ store, scope }: Context): Promise<GroupRecord[]> {
  const found = await store.transact(async (tx) => {
    const records: GroupRecord[] = [];
    for await (const [, value] of tx.range({ prefix: keyOf(scope) }))
      records.push(value as unknown as GroupRecord);
    return records;
  });
  return [defaultGroup(scope), ...found];
}

async function requireGroup(tx: Transaction, scope: Scope, named: string | undefined): Promise<GroupRecord> {
  const name = named?.startsWith("arn:") ? (named.split("/")[1] ?? "") : (named ?? "");
  const record = (await tx.get(keyOf(scope, name))) as unknown as GroupRecord | undefined;
  if (record) return record;
  if (name === DEFAULT) return defaultGroup(scope);
  throw invalid("Group not found");
}

const defaultGroup = (scope: Scope): GroupRecord => ({
  v: 1,
  name: DEFAULT,
  arn: formatArn("xray", scope, `group/${DEFAULT}`),
  expression: "",
  insights: insightsOf(undefined),
});

function insightsOf({
  InsightsEnabled = false,
  NotificationsEnabled = false,
}: sdk.InsightsConfiguration = {}) {
  if (NotificationsEnabled && !InsightsEnabled) {
    throw invalid("Notifications can be enabled only on a group that has insights enabled.");
  }
  return { InsightsEnabled, NotificationsEnabled };
}

function checkName(name = ""): string {
  if (/^[A-Za-z0-9 _.:/%&#=+\\\-@]{1,32}$/.test(name)) return name;
  throw invalid("Group names have 1 to 32 characters.");
}

function checkExpression(expression = ""): string {
  if (expression !== "") parseFilter(expression);
  return expression;
}

const describe = ({ name, arn, expression, insights }: GroupRecord): sdk.Group => ({
  GroupName: name,
  GroupARN: arn,
  ...(expression ? { FilterExpression: expression } : {}),
  InsightsConfiguration: insights,
});
