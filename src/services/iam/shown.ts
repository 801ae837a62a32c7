import { arnOf } from "./entities.ts";
import { encoded } from "./names.ts";
import type { GroupRecord, Holder, InstanceProfileRecord, Named, RoleRecord, UserRecord } from "./records.ts";
import { tagsMember } from "./tags.ts";

// What answers tell of records. Lists tell less: neither tags nor boundaries nor when a role was last used.

/** The model names another type than IAM gives. */
const POLICY = "Policy" as "PermissionsBoundaryPolicy";

const boundary = ({ boundary: arn }: Holder) =>
  arn === undefined
    ? {}
    : { PermissionsBoundary: { PermissionsBoundaryType: POLICY, PermissionsBoundaryArn: arn } };

const dated = ({ path, createdMs }: Named) => ({ Path: path, CreateDate: new Date(createdMs) });

export const listedUser = (user: UserRecord) => ({
  ...dated(user),
  UserName: user.name,
  UserId: user.id,
  Arn: arnOf("user", user),
  ...(user.passwordLastUsedMs === undefined ? {} : { PasswordLastUsed: new Date(user.passwordLastUsedMs) }),
});

export const shownUser = (user: UserRecord) => ({
  ...listedUser(user),
  ...boundary(user),
  ...tagsMember(user.tags),
});

export const shownGroup = (group: GroupRecord) => ({
  ...dated(group),
  GroupName: group.name,
  GroupId: group.id,
  Arn: arnOf("group", group),
});

export const listedRole = (role: RoleRecord) => ({
  ...dated(role),
  RoleName: role.name,
  RoleId: role.id,
  Arn: arnOf("role", role),
  AssumeRolePolicyDocument: encoded(role.trust),
  ...(role.description === undefined ? {} : { Description: role.description }),
  MaxSessionDuration: role.maxSessionSeconds,
});

export const shownRole = (role: RoleRecord) => ({
  ...listedRole(role),
  ...boundary(role),
  ...tagsMember(role.tags),
  RoleLastUsed:
    role.lastUsed === undefined
      ? {}
      : { LastUsedDate: new Date(role.lastUsed.ms), Region: role.lastUsed.region },
});

export const shownProfile = (profile: InstanceProfileRecord, role: RoleRecord | undefined) => ({
  ...dated(profile),
  InstanceProfileName: profile.name,
  InstanceProfileId: profile.id,
  Arn: arnOf("instance-profile", profile),
  Roles: role ? [listedRole(role)] : [],
});
