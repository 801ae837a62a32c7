import type { Context } from "../define.ts";
import { gone, list, members, type Properties, text } from "../resource-types.ts";

/** What is done with the policies of a role, a user or a group in a stack. */
export interface HolderCalls {
  put(context: Context, name: string, PolicyName: string, PolicyDocument: string): Promise<unknown>;
  drop(context: Context, name: string, PolicyName: string): Promise<unknown>;
  attach(context: Context, name: string, PolicyArn: string): Promise<unknown>;
  detach(context: Context, name: string, PolicyArn: string): Promise<unknown>;
}

export const roleCalls: HolderCalls = {
  put: ({ call }, RoleName, PolicyName, PolicyDocument) =>
    call("iam", "PutRolePolicy", { RoleName, PolicyName, PolicyDocument }),
  drop: ({ call }, RoleName, PolicyName) => call("iam", "DeleteRolePolicy", { RoleName, PolicyName }),
  attach: ({ call }, RoleName, PolicyArn) => call("iam", "AttachRolePolicy", { RoleName, PolicyArn }),
  detach: ({ call }, RoleName, PolicyArn) => call("iam", "DetachRolePolicy", { RoleName, PolicyArn }),
};

export const userCalls: HolderCalls = {
  put: ({ call }, UserName, PolicyName, PolicyDocument) =>
    call("iam", "PutUserPolicy", { UserName, PolicyName, PolicyDocument }),
  drop: ({ call }, UserName, PolicyName) => call("iam", "DeleteUserPolicy", { UserName, PolicyName }),
  attach: ({ call }, UserName, PolicyArn) => call("iam", "AttachUserPolicy", { UserName, PolicyArn }),
  detach: ({ call }, UserName, PolicyArn) => call("iam", "DetachUserPolicy", { UserName, PolicyArn }),
};

export const groupCalls: HolderCalls = {
  put: ({ call }, GroupName, PolicyName, PolicyDocument) =>
    call("iam", "PutGroupPolicy", { GroupName, PolicyName, PolicyDocument }),
  drop: ({ call }, GroupName, PolicyName) => call("iam", "DeleteGroupPolicy", { GroupName, PolicyName }),
  attach: ({ call }, GroupName, PolicyArn) => call("iam", "AttachGroupPolicy", { GroupName, PolicyArn }),
  detach: ({ call }, GroupName, PolicyArn) => call("iam", "DetachGroupPolicy", { GroupName, PolicyArn }),
};

/** Who a policy is for, by the property that names them. */
export const HOLDERS = { Roles: roleCalls, Users: userCalls, Groups: groupCalls } as const;
export const HOLDER_NAMES = ["Roles", "Users", "Groups"] as const;

export const namesIn = (properties: Properties, name: string): string[] =>
  list(properties[name]).map((one) => text(one) ?? "");

/** What `before` has and `after` has not. */
export const without = (before: readonly string[], after: readonly string[]) =>
  before.filter((one) => !after.includes(one));

export const absent = (work: Promise<unknown>) => gone(work, "NoSuchEntityException");

const inlineIn = (properties: Properties) =>
  new Map(
    list(properties.Policies).map((policy) => {
      const { PolicyName, PolicyDocument } = members(policy);
      return [text(PolicyName) ?? "", text(PolicyDocument) ?? ""];
    }),
  );

/** Gives somebody the policies of a template in place of those of the template before. */
export async function settlePolicies(
  context: Context,
  calls: HolderCalls,
  name: string,
  after: Properties,
  before: Properties = {},
): Promise<void> {
  const inline = inlineIn(after);
  const attached = namesIn(after, "ManagedPolicyArns");
  for (const arn of without(namesIn(before, "ManagedPolicyArns"), attached)) {
    await absent(calls.detach(context, name, arn));
  }
  for (const policy of without([...inlineIn(before).keys()], [...inline.keys()])) {
    await absent(calls.drop(context, name, policy));
  }
  for (const [policy, document] of inline) await calls.put(context, name, policy, document);
  for (const arn of attached) await calls.attach(context, name, arn);
}

/** What was made a moment ago and cannot be completed is not left behind. */
export async function orUndo(work: Promise<unknown>, undo: () => Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    await undo();
    throw error;
  }
}
