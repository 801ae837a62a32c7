import type * as sdk from "@aws-sdk/client-iam";
import type { Context, Handlers } from "../define.ts";
import { change, need } from "./entities.ts";
import { missing } from "./faults.ts";
import type { HolderKind } from "./find-policy.ts";
import { encoded } from "./names.ts";
import { page } from "./paging.ts";
import { checkIdentityPolicy } from "./policy-document.ts";
import { checkInlineSize } from "./policy-sizes.ts";
import { modifiable } from "./service-linked.ts";

interface Given {
  readonly PolicyName: string | undefined;
  readonly PolicyDocument?: string | undefined;
}

const absent = (kind: HolderKind, name: string) =>
  missing(`The ${kind} policy with name ${name} cannot be found.`);

async function write(
  context: Context,
  kind: HolderKind,
  holderName: string | undefined,
  { PolicyName = "", PolicyDocument = "" }: Given,
): Promise<Record<never, never>> {
  await change(context, kind, holderName, (holder) => {
    modifiable(holder);
    checkIdentityPolicy(PolicyDocument);
    const inline = { ...holder.inline, [PolicyName]: PolicyDocument };
    checkInlineSize(kind, holder.name, inline);
    return { ...holder, inline };
  });
  return {};
}

async function remove(
  context: Context,
  kind: HolderKind,
  holderName: string | undefined,
  { PolicyName = "" }: Given,
): Promise<Record<never, never>> {
  await change(context, kind, holderName, (holder) => {
    modifiable(holder);
    const { [PolicyName]: found, ...inline } = holder.inline;
    if (found === undefined) throw absent(kind, PolicyName);
    return { ...holder, inline };
  });
  return {};
}

async function read(
  { store, scope }: Context,
  kind: HolderKind,
  holderName: string | undefined,
  { PolicyName = "" }: Given,
) {
  const { name, inline } = await store.transact((tx) => need(tx, scope.account, kind, holderName));
  const document = inline[PolicyName];
  if (document === undefined) throw absent(kind, PolicyName);
  return { name, PolicyName, PolicyDocument: encoded(document) };
}

interface Asked {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

async function list({ store, scope }: Context, kind: HolderKind, name: string | undefined, asked: Asked) {
  const { inline } = await store.transact((tx) => need(tx, scope.account, kind, name));
  const { items, rest } = await page(Object.keys(inline), (each) => each, asked);
  return { PolicyNames: items, ...rest };
}

export const inlinePolicies = {
  PutUserPolicy: (input, context) => write(context, "user", input.UserName, input),
  PutGroupPolicy: (input, context) => write(context, "group", input.GroupName, input),
  PutRolePolicy: (input, context) => write(context, "role", input.RoleName, input),
  DeleteUserPolicy: (input, context) => remove(context, "user", input.UserName, input),
  DeleteGroupPolicy: (input, context) => remove(context, "group", input.GroupName, input),
  DeleteRolePolicy: (input, context) => remove(context, "role", input.RoleName, input),
  async GetUserPolicy(input, context) {
    const { name: UserName, ...policy } = await read(context, "user", input.UserName, input);
    return { UserName, ...policy };
  },
  async GetGroupPolicy(input, context) {
    const { name: GroupName, ...policy } = await read(context, "group", input.GroupName, input);
    return { GroupName, ...policy };
  },
  async GetRolePolicy(input, context) {
    const { name: RoleName, ...policy } = await read(context, "role", input.RoleName, input);
    return { RoleName, ...policy };
  },
  ListUserPolicies: (input, context) => list(context, "user", input.UserName, input),
  ListGroupPolicies: (input, context) => list(context, "group", input.GroupName, input),
  ListRolePolicies: (input, context) => list(context, "role", input.RoleName, input),
} satisfies Handlers<typeof sdk>;
