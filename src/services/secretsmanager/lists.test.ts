import * as sdk from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let client: sdk.SecretsManagerClient;

const SECRETS: sdk.CreateSecretCommandInput[] = [
  { Name: "prod/db", Description: "Main database", Tags: [{ Key: "team", Value: "Blue" }] },
  { Name: "prod/api", Description: "Payment gateway key", Tags: [{ Key: "team", Value: "Red" }] },
  { Name: "dev/db", Tags: [{ Key: "owner", Value: "Blue" }] },
];

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.SecretsManagerClient);
  for (const secret of SECRETS) {
    await client.send(new sdk.CreateSecretCommand({ SecretString: secret.Name, ...secret }));
    await nuage.advance("1 minute");
  }
});
afterAll(() => nuage.stop());

const list = (input: sdk.ListSecretsCommandInput = {}) => client.send(new sdk.ListSecretsCommand(input));
const names = async (input: sdk.ListSecretsCommandInput) =>
  ((await list(input)).SecretList ?? []).map(({ Name }) => Name);

test.each([
  ["name", ["prod/"], ["prod/db", "prod/api"]],
  ["name", ["PROD"], []],
  ["name", ["!prod/"], ["dev/db"]],
  ["name", ["prod/db", "dev"], ["prod/db", "dev/db"]],
  ["description", ["payment"], ["prod/api"]],
  ["description", ["GATEWAY"], ["prod/api"]],
  ["tag-key", ["team"], ["prod/db", "prod/api"]],
  ["tag-value", ["Blue"], ["prod/db", "dev/db"]],
  ["tag-value", ["blue"], []],
  ["all", ["blue"], ["prod/db", "dev/db"]],
  ["all", ["database main"], ["prod/db"]],
  ["primary-region", ["us-"], ["prod/db", "prod/api", "dev/db"]],
] as const)("a list with the filter %s %j", async (Key, values, found) => {
  expect(await names({ Filters: [{ Key, Values: [...values] }] })).toEqual(found);
});

test("all of several filters hold", async () => {
  const Filters: sdk.Filter[] = [
    { Key: "name", Values: ["prod/"] },
    { Key: "tag-value", Values: ["!Red"] },
  ];
  expect(await names({ Filters })).toEqual(["prod/db"]);
});

test("lists are sorted, come in pages, and leave out what is on its way out", async () => {
  expect(await names({ SortBy: "name" })).toEqual(["dev/db", "prod/api", "prod/db"]);
  expect(await names({ SortOrder: "desc" })).toEqual(["dev/db", "prod/api", "prod/db"]);
  const first = await list({ MaxResults: 2 });
  const second = await list({ MaxResults: 2, NextToken: first.NextToken });
  expect([first.SecretList?.length, second.SecretList?.length, second.NextToken]).toEqual([2, 1, undefined]);
  await expect(list({ NextToken: "nonsense" })).rejects.toThrow(sdk.InvalidNextTokenException);
  await client.send(new sdk.CreateSecretCommand({ Name: "gone" }));
  await client.send(new sdk.DeleteSecretCommand({ SecretId: "gone" }));
  expect(await names({})).not.toContain("gone");
  expect(await names({ IncludePlannedDeletion: true })).toContain("gone");
});

test("values are got in batches, and what cannot be got is told", async () => {
  const batch = await client.send(
    new sdk.BatchGetSecretValueCommand({ SecretIdList: ["prod/db", "nothing", "dev/db"] }),
  );
  expect(batch.SecretValues?.map(({ SecretString }) => SecretString)).toEqual(["prod/db", "dev/db"]);
  expect(batch.Errors).toMatchObject([{ SecretId: "nothing", ErrorCode: "ResourceNotFoundException" }]);
  const Filters: sdk.Filter[] = [{ Key: "tag-key", Values: ["owner"] }];
  const found = await client.send(new sdk.BatchGetSecretValueCommand({ Filters }));
  expect(found.SecretValues?.map(({ Name }) => Name)).toEqual(["dev/db"]);
  await expect(client.send(new sdk.BatchGetSecretValueCommand({}))).rejects.toThrow(
    "Either 'SecretIdList' or 'Filters' must be provided, but not both.",
  );
});

const password = async (input: sdk.GetRandomPasswordCommandInput = {}) =>
  (await client.send(new sdk.GetRandomPasswordCommand(input))).RandomPassword ?? "";

test("random passwords are made of what is asked for", async () => {
  const usual = await password();
  expect(usual).toHaveLength(32);
  for (const type of [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/]) expect(usual).toMatch(type);
  expect(await password({ PasswordLength: 4 })).toHaveLength(4);
  expect(await password({ ExcludePunctuation: true, ExcludeUppercase: true })).toMatch(/^[a-z0-9]{32}$/);
  const few = { ExcludePunctuation: true, ExcludeUppercase: true, ExcludeLowercase: true };
  expect(await password({ ...few, ExcludeCharacters: "12345" })).toMatch(/^[06-9]{32}$/);
  expect(await password({ ...few, IncludeSpace: true, PasswordLength: 2 })).toMatch(/^(\d | \d)$/);
  await expect(password({ PasswordLength: 3 })).rejects.toThrow("too short");
  await expect(password({ ...few, ExcludeNumbers: true })).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
});
