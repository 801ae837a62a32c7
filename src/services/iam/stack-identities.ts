import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  flag,
  given,
  type Made,
  members,
  number,
  type Properties,
  type ResourceInput,
  tagsOf,
  text,
} from "../resource-types.ts";
import {
  absent,
  groupCalls,
  namesIn,
  orUndo,
  roleCalls,
  settlePolicies,
  userCalls,
  without,
} from "./stack-holders.ts";

export const tagsIn = (resource: ResourceInput) =>
  Object.entries(tagsOf(resource)).map(([Key, Value]) => ({ Key, Value }));

async function makeRole(context: Context, resource: ResourceInput): Promise<Made> {
  const { properties } = resource;
  const RoleName = text(properties.RoleName) ?? resource.name(64);
  const { Role } = await context.call("iam", "CreateRole", {
    RoleName,
    AssumeRolePolicyDocument: text(properties.AssumeRolePolicyDocument),
    Tags: tagsIn(resource),
    ...given({
      Path: text(properties.Path),
      Description: text(properties.Description),
      MaxSessionDuration: number(properties.MaxSessionDuration),
      PermissionsBoundary: text(properties.PermissionsBoundary),
    }),
  });
  await orUndo(settlePolicies(context, roleCalls, RoleName, properties), () =>
    unmakeRole(context, RoleName, properties),
  );
  return { id: RoleName, attributes: { Arn: Role?.Arn ?? "", RoleId: Role?.RoleId ?? "" } };
}

async function updateRole(context: Context, resource: ResourceInput, made: Made, before: Properties) {
  const { properties } = resource;
  const RoleName = made.id;
  await context.call("iam", "UpdateAssumeRolePolicy", {
    RoleName,
    PolicyDocument: text(properties.AssumeRolePolicyDocument),
  });
  await context.call("iam", "UpdateRole", {
    RoleName,
    Description: text(properties.Description) ?? "",
    MaxSessionDuration: number(properties.MaxSessionDuration) ?? 3600,
  });
  const PermissionsBoundary = text(properties.PermissionsBoundary);
  if (PermissionsBoundary !== undefined) {
    await context.call("iam", "PutRolePermissionsBoundary", { RoleName, PermissionsBoundary });
  } else if (before.PermissionsBoundary !== undefined) {
    await absent(context.call("iam", "DeleteRolePermissionsBoundary", { RoleName }));
  }
  await settlePolicies(context, roleCalls, RoleName, properties, before);
  await context.call("iam", "UntagRole", { RoleName, TagKeys: droppedTags(resource, before) });
  await context.call("iam", "TagRole", { RoleName, Tags: tagsIn(resource) });
  return made;
}

async function unmakeRole(context: Context, RoleName: string, properties: Properties): Promise<void> {
  await settlePolicies(context, roleCalls, RoleName, {}, properties);
  await absent(context.call("iam", "DeleteRole", { RoleName }));
}

async function makeUser(context: Context, resource: ResourceInput): Promise<Made> {
  const { properties } = resource;
  const UserName = text(properties.UserName) ?? resource.name(64);
  const { User } = await context.call("iam", "CreateUser", {
    UserName,
    Tags: tagsIn(resource),
    ...given({
      Path: text(properties.Path),
      PermissionsBoundary: text(properties.PermissionsBoundary),
    }),
  });
  await orUndo(settleUser(context, UserName, properties, {}), () =>
    unmakeUser(context, UserName, properties),
  );
  return { id: UserName, attributes: { Arn: User?.Arn ?? "" } };
}

/** Policies, groups and password. */
async function settleUser(context: Context, UserName: string, after: Properties, before: Properties) {
  await settlePolicies(context, userCalls, UserName, after, before);
  const groups = namesIn(after, "Groups");
  for (const GroupName of without(namesIn(before, "Groups"), groups)) {
    await absent(context.call("iam", "RemoveUserFromGroup", { UserName, GroupName }));
  }
  for (const GroupName of groups) await context.call("iam", "AddUserToGroup", { UserName, GroupName });
  const login = { Password: text(members(after.LoginProfile).Password), UserName };
  const PasswordResetRequired = flag(members(after.LoginProfile).PasswordResetRequired) ?? false;
  if (login.Password === undefined) {
    if (before.LoginProfile !== undefined) {
      await absent(context.call("iam", "DeleteLoginProfile", { UserName }));
    }
  } else if (before.LoginProfile === undefined) {
    await context.call("iam", "CreateLoginProfile", { ...login, PasswordResetRequired });
  } else if (text(members(before.LoginProfile).Password) !== login.Password) {
    await context.call("iam", "UpdateLoginProfile", { ...login, PasswordResetRequired });
  }
}

async function updateUser(context: Context, resource: ResourceInput, { id }: Made, before: Properties) {
  const { properties } = resource;
  const NewPath = text(properties.Path) ?? "/";
  await context.call("iam", "UpdateUser", { UserName: id, NewPath });
  const PermissionsBoundary = text(properties.PermissionsBoundary);
  if (PermissionsBoundary !== undefined) {
    await context.call("iam", "PutUserPermissionsBoundary", { UserName: id, PermissionsBoundary });
  } else if (before.PermissionsBoundary !== undefined) {
    await absent(context.call("iam", "DeleteUserPermissionsBoundary", { UserName: id }));
  }
  await settleUser(context, id, properties, before);
  await context.call("iam", "UntagUser", { UserName: id, TagKeys: droppedTags(resource, before) });
  await context.call("iam", "TagUser", { UserName: id, Tags: tagsIn(resource) });
  const { User } = await context.call("iam", "GetUser", { UserName: id });
  return { id, attributes: { Arn: User?.Arn ?? "" } };
}

async function unmakeUser(context: Context, UserName: string, properties: Properties): Promise<void> {
  await absent(settleUser(context, UserName, {}, properties));
  await absent(context.call("iam", "DeleteUser", { UserName }));
}

async function unmakeGroup(context: Context, GroupName: string, properties: Properties): Promise<void> {
  await settlePolicies(context, groupCalls, GroupName, {}, properties);
  await absent(context.call("iam", "DeleteGroup", { GroupName }));
}

/** Those who act, and their groups. */
export const identities: ResourceTypes = {
  "AWS::IAM::Role": {
    properties: {
      AssumeRolePolicyDocument: "update",
      Description: "update",
      ManagedPolicyArns: "update",
      MaxSessionDuration: "update",
      Path: "replace",
      PermissionsBoundary: "update",
      Policies: "update",
      RoleName: "replace",
      Tags: "update",
    },
    required: ["AssumeRolePolicyDocument"],
    create: makeRole,
    update: updateRole,
    delete: (context, { id }, properties) => unmakeRole(context, id, properties),
  },
  "AWS::IAM::User": {
    properties: {
      Groups: "update",
      LoginProfile: "update",
      ManagedPolicyArns: "update",
      Path: "update",
      PermissionsBoundary: "update",
      Policies: "update",
      Tags: "update",
      UserName: "replace",
    },
    create: makeUser,
    update: updateUser,
    delete: (context, { id }, properties) => unmakeUser(context, id, properties),
  },
  "AWS::IAM::Group": {
    properties: {
      GroupName: "replace",
      ManagedPolicyArns: "update",
      Path: "update",
      Policies: "update",
    },
    async create(context, resource) {
      const { properties } = resource;
      const GroupName = text(properties.GroupName) ?? resource.name(128);
      const asked = given({ GroupName, Path: text(properties.Path) });
      const { Group } = await context.call("iam", "CreateGroup", asked);
      await orUndo(settlePolicies(context, groupCalls, GroupName, properties), () =>
        unmakeGroup(context, GroupName, properties),
      );
      return { id: GroupName, attributes: { Arn: Group?.Arn ?? "" } };
    },
    async update(context, { properties }, { id }, before) {
      await context.call("iam", "UpdateGroup", { GroupName: id, NewPath: text(properties.Path) ?? "/" });
      await settlePolicies(context, groupCalls, id, properties, before);
      const { Group } = await context.call("iam", "GetGroup", { GroupName: id });
      return { id, attributes: { Arn: Group?.Arn ?? "" } };
    },
    delete: (context, { id }, properties) => unmakeGroup(context, id, properties),
  },
  "AWS::IAM::UserToGroupAddition": {
    properties: { GroupName: "update", Users: "update" },
    required: ["GroupName", "Users"],
    async create(context, resource) {
      await settleMembers(context, resource.properties, {});
      const id = resource.name(128);
      return { id, attributes: { Id: id } };
    },
    async update(context, { properties }, made, before) {
      await settleMembers(context, properties, before);
      return made;
    },
    delete: (context, _made, properties) => settleMembers(context, {}, properties),
  },
};

async function settleMembers(context: Context, after: Properties, before: Properties): Promise<void> {
  const [from, to] = [text(before.GroupName), text(after.GroupName)];
  const users = namesIn(after, "Users");
  const old = namesIn(before, "Users");
  for (const UserName of from === to ? without(old, users) : old) {
    await absent(context.call("iam", "RemoveUserFromGroup", { UserName, GroupName: from }));
  }
  for (const UserName of users) await context.call("iam", "AddUserToGroup", { UserName, GroupName: to });
}
