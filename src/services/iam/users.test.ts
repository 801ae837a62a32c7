import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetGroupCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  IAMClient,
  ListGroupsForUserCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutUserPermissionsBoundaryCommand,
  paginateListUsers,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateGroupCommand,
  UpdateLoginProfileCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { once, signedWith, startIam } from "./iam.fixture.ts";

let nuage: Nuage;
let iam: IAMClient;

beforeAll(async () => {
  nuage = await startIam();

  iam = new IAMClient(once(nuage));
});
afterAll(() => nuage?.stop());

const make = (UserName: string, more: object = {}) => iam.send(new CreateUserCommand({ UserName, ...more }));

test("a user is made, found, renamed and deleted", async () => {
  const made = await make("jo", { Path: "/staff/", Tags: [{ Key: "team", Value: "blue" }] });
  expect(made.User).toMatchObject({
    UserName: "jo",
    Path: "/staff/",
    Arn: "arn:aws:iam::000000000000:user/staff/jo",
    UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
    CreateDate: expect.any(Date),
    Tags: [{ Key: "team", Value: "blue" }],
  });
  await expect(make("JO")).rejects.toMatchObject({
    name: "EntityAlreadyExistsException",
    message: "User with name JO already exists.",
  });
  await iam.send(new UpdateUserCommand({ UserName: "jo", NewUserName: "joan", NewPath: "/" }));
  const { User } = await iam.send(new GetUserCommand({ UserName: "joan" }));
  expect(User).toMatchObject({ Arn: "arn:aws:iam::000000000000:user/joan", UserId: made.User?.UserId });
  await expect(iam.send(new GetUserCommand({ UserName: "jo" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: "The user with name jo cannot be found.",
  });
  await iam.send(new DeleteUserCommand({ UserName: "joan" }));
  await expect(iam.send(new DeleteUserCommand({ UserName: "joan" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});

test("without a name the one who asks is meant", async () => {
  const { User } = await iam.send(new GetUserCommand({}));
  expect(User?.Arn).toBe("arn:aws:iam::000000000000:root");
});

test.each([
  [{ UserName: "a b" }, /specified value for userName is invalid. It must contain only alphanumeric/],
  [{ UserName: "ok", Path: "staff" }, /specified value for path is invalid. It must begin and end with \//],
  [{ UserName: "x".repeat(65) }, /at 'userName' failed to satisfy constraint: .* less than or equal to 64/],
  [
    { UserName: "ok", PermissionsBoundary: `arn:aws:s3:::${"b".repeat(20)}` },
    /PermissionsBoundary is invalid/,
  ],
])("%j is refused", async (input, message) => {
  await expect(iam.send(new CreateUserCommand(input))).rejects.toMatchObject({
    name: "ValidationError",
    message: expect.stringMatching(message),
  });
});

test("users are listed by path, a page at a time", async () => {
  for (const name of ["p1", "p2", "p3", "p4", "p5"]) await make(name, { Path: "/pages/" });
  const first = await iam.send(new ListUsersCommand({ PathPrefix: "/pages/", MaxItems: 2 }));
  expect(first).toMatchObject({ IsTruncated: true, Marker: expect.any(String) });
  const names: (string | undefined)[] = [];
  const pages = paginateListUsers({ client: iam, pageSize: 2 }, { PathPrefix: "/pages/" });
  for await (const { Users = [] } of pages) names.push(...Users.map(({ UserName }) => UserName));
  expect(names).toEqual(["p1", "p2", "p3", "p4", "p5"]);
  await expect(iam.send(new ListUsersCommand({ Marker: "nonsense" }))).rejects.toMatchObject({
    name: "ValidationError",
  });
});

test("accounts do not see each other's users, regions do", async () => {
  await make("global");
  const keys = { accessKeyId: "test", secretAccessKey: "test" };
  const elsewhere = new IAMClient(signedWith(nuage, keys, "ap-southeast-2"));
  expect((await elsewhere.send(new GetUserCommand({ UserName: "global" }))).User?.UserName).toBe("global");
  const other = new IAMClient(signedWith(nuage, { accessKeyId: "111122223333", secretAccessKey: "x" }));
  await expect(other.send(new GetUserCommand({ UserName: "global" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});

test("groups have members, also under another name", async () => {
  await make("member");
  const { Group } = await iam.send(new CreateGroupCommand({ GroupName: "devs", Path: "/teams/" }));
  expect(Group?.Arn).toBe("arn:aws:iam::000000000000:group/teams/devs");
  await iam.send(new AddUserToGroupCommand({ GroupName: "devs", UserName: "member" }));
  await iam.send(new AddUserToGroupCommand({ GroupName: "devs", UserName: "member" }));
  await expect(iam.send(new DeleteGroupCommand({ GroupName: "devs" }))).rejects.toMatchObject({
    name: "DeleteConflictException",
    message: "Cannot delete entity, must remove users from group first.",
  });
  await iam.send(new UpdateGroupCommand({ GroupName: "devs", NewGroupName: "ops" }));
  const { Users } = await iam.send(new GetGroupCommand({ GroupName: "ops" }));
  expect(Users?.map(({ UserName }) => UserName)).toEqual(["member"]);
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: "member" }));
  expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(["ops"]);
  await expect(iam.send(new DeleteUserCommand({ UserName: "member" }))).rejects.toMatchObject({
    name: "DeleteConflictException",
  });
  await iam.send(new RemoveUserFromGroupCommand({ GroupName: "ops", UserName: "member" }));
  await iam.send(new DeleteGroupCommand({ GroupName: "ops" }));
  await expect(
    iam.send(new AddUserToGroupCommand({ GroupName: "ops", UserName: "member" })),
  ).rejects.toMatchObject({ message: "The group with name ops cannot be found." });
});

test("a user is in ten groups at most", async () => {
  await make("everywhere");
  for (let n = 0; n <= 10; n++) await iam.send(new CreateGroupCommand({ GroupName: `g${n}` }));
  const join = (n: number) =>
    iam.send(new AddUserToGroupCommand({ GroupName: `g${n}`, UserName: "everywhere" }));
  for (let n = 0; n < 10; n++) await join(n);
  await expect(join(10)).rejects.toMatchObject({
    name: "LimitExceededException",
    message: "Cannot exceed quota for GroupsPerUser: 10",
  });
});

test("tags are set, changed and taken away", async () => {
  await make("tagged");
  const tag = (...Tags: { Key: string; Value: string }[]) =>
    iam.send(new TagUserCommand({ UserName: "tagged", Tags }));
  await tag({ Key: "a", Value: "1" }, { Key: "b", Value: "2" });
  await tag({ Key: "A", Value: "3" });
  await iam.send(new UntagUserCommand({ UserName: "tagged", TagKeys: ["b"] }));
  const { Tags } = await iam.send(new ListUserTagsCommand({ UserName: "tagged" }));
  expect(Tags).toEqual([{ Key: "A", Value: "3" }]);
  await expect(tag({ Key: "x", Value: "1" }, { Key: "X", Value: "2" })).rejects.toMatchObject({
    name: "InvalidInputException",
    message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
  });
  await expect(tag({ Key: "aws:own", Value: "1" })).rejects.toMatchObject({ name: "InvalidInputException" });
  await expect(
    tag(...Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: "" }))),
  ).rejects.toMatchObject({ name: "LimitExceededException" });
});

test("a permissions boundary is put and taken away", async () => {
  await make("bounded");
  const PermissionsBoundary = "arn:aws:iam::aws:policy/PowerUserAccess";
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "bounded", PermissionsBoundary }));
  const { User } = await iam.send(new GetUserCommand({ UserName: "bounded" }));
  expect(User?.PermissionsBoundary).toEqual({
    PermissionsBoundaryType: "Policy",
    PermissionsBoundaryArn: PermissionsBoundary,
  });
  await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: "bounded" }));
  await expect(
    iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: "bounded" })),
  ).rejects.toMatchObject({ name: "NoSuchEntityException" });
});

test("a login profile holds a password that is never told", async () => {
  await make("logs-in");
  const UserName = "logs-in";
  await expect(iam.send(new GetLoginProfileCommand({ UserName }))).rejects.toMatchObject({
    message: "Login Profile for User logs-in cannot be found.",
  });
  const create = (Password: string) =>
    iam.send(new CreateLoginProfileCommand({ UserName, Password, PasswordResetRequired: true }));
  await expect(create("short")).rejects.toMatchObject({ name: "PasswordPolicyViolationException" });
  const { LoginProfile } = await create("long-enough");
  expect(LoginProfile).toMatchObject({ UserName, PasswordResetRequired: true });
  await expect(create("long-enough")).rejects.toMatchObject({ name: "EntityAlreadyExistsException" });
  await iam.send(new UpdateLoginProfileCommand({ UserName, PasswordResetRequired: false }));
  const after = await iam.send(new GetLoginProfileCommand({ UserName }));
  expect(after.LoginProfile?.PasswordResetRequired).toBe(false);
  await expect(iam.send(new DeleteUserCommand({ UserName }))).rejects.toMatchObject({
    message: "Cannot delete entity, must delete login profile first.",
  });
  await iam.send(new DeleteLoginProfileCommand({ UserName }));
  await iam.send(new DeleteUserCommand({ UserName }));
});
