import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import * as sdk from "@aws-sdk/client-secrets-manager";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let client: sdk.SecretsManagerClient;
let lambda: LambdaClient;

/** A rotation function as AWS's templates have it; it notes its events in the secret named `events`. */
const ROTATES = `
import * as sdk from "@aws-sdk/client-secrets-manager";
const client = new sdk.SecretsManagerClient();
export const handler = async (event) => {
  const { Step, SecretId, ClientRequestToken } = event;
  const noted = await client.send(new sdk.GetSecretValueCommand({ SecretId: "events" }));
  const notes = JSON.stringify([...JSON.parse(noted.SecretString), event]);
  await client.send(new sdk.PutSecretValueCommand({ SecretId: "events", SecretString: notes }));
  const { SecretString = "" } = await client.send(new sdk.GetSecretValueCommand({ SecretId }));
  if (Step === "createSecret") {
    await client.send(new sdk.PutSecretValueCommand({
      SecretId, ClientRequestToken, SecretString: SecretString + "+", VersionStages: ["AWSPENDING"],
    }));
  }
  if (Step === "testSecret" && SecretString === "broken") throw new Error("It does not work.");
  if (Step !== "finishSecret") return;
  const { VersionIdsToStages } = await client.send(new sdk.DescribeSecretCommand({ SecretId }));
  const [RemoveFromVersionId] = Object.entries(VersionIdsToStages).find(
    ([, stages]) => stages.includes("AWSCURRENT"),
  );
  await client.send(new sdk.UpdateSecretVersionStageCommand({
    SecretId, VersionStage: "AWSCURRENT", MoveToVersionId: ClientRequestToken, RemoveFromVersionId,
  }));
};`;

const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
const RotationLambdaARN = functionArn("rotates");

async function makeFunction(FunctionName: string) {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/rotates",
      Timeout: 60,
      Code: { ZipFile: zipSync({ "index.mjs": strToU8(ROTATES) }) },
    }),
  );
}

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.SecretsManagerClient);
  lambda = nuage.client(LambdaClient);
  await makeFunction("rotates");
  await makeFunction("closed");
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: "rotates",
      StatementId: "rotation",
      Action: "lambda:InvokeFunction",
      Principal: "secretsmanager.amazonaws.com",
    }),
  );
  await client.send(new sdk.CreateSecretCommand({ Name: "events", SecretString: "[]" }));
});
afterAll(() => nuage.stop());

const create = (Name: string, SecretString = "a") =>
  client.send(new sdk.CreateSecretCommand({ Name, SecretString }));
const rotate = (SecretId: string, more: Partial<sdk.RotateSecretCommandInput> = {}) =>
  client.send(new sdk.RotateSecretCommand({ SecretId, RotationLambdaARN, ...more }));
const readValue = async (SecretId: string, VersionStage?: string) =>
  (await client.send(new sdk.GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;
const describe = (SecretId: string) => client.send(new sdk.DescribeSecretCommand({ SecretId }));

test("a function takes a secret through its rotation, step by step", async () => {
  const { ARN } = await create("login");
  const { VersionId } = await rotate("login", { RotationRules: { AutomaticallyAfterDays: 30 } });
  await nuage.idle();
  expect([await readValue("login"), await readValue("login", "AWSPREVIOUS")]).toEqual(["a+", "a"]);
  const events = JSON.parse((await readValue("events")) ?? "[]") as Record<string, string>[];
  expect(events.slice(-4).map(({ Step }) => Step)).toEqual([
    "createSecret",
    "setSecret",
    "testSecret",
    "finishSecret",
  ]);
  expect(events.at(-1)).toEqual({
    Step: "finishSecret",
    SecretId: ARN,
    ClientRequestToken: VersionId,
    RotationToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  const found = await describe("login");
  expect(found).toMatchObject({ RotationEnabled: true, RotationLambdaARN });
  expect(found.RotationRules).toEqual({ AutomaticallyAfterDays: 30 });
  const waits = (found.NextRotationDate?.getTime() ?? 0) - (found.LastRotatedDate?.getTime() ?? 0);
  expect(waits).toBe(30 * 86_400_000);
  await nuage.advance("61 days");
  expect(await readValue("login")).toBe("a+++");
  await client.send(new sdk.CancelRotateSecretCommand({ SecretId: "login" }));
  await nuage.advance("61 days");
  expect(await readValue("login")).toBe("a+++");
  expect((await describe("login")).RotationEnabled).toBe(false);
});

test.each([
  ["rate(10 days)", /T/],
  ["cron(0 6 1,11,21 * ? *)", /-(01|11|21)T06:00:00/],
])("a secret is rotated at %s", async (ScheduleExpression, when) => {
  const name = `timed-${ScheduleExpression.slice(0, 4)}`;
  await create(name);
  await rotate(name, { RotationRules: { ScheduleExpression }, RotateImmediately: false });
  await nuage.idle();
  const { NextRotationDate = new Date(0) } = await describe(name);
  expect(NextRotationDate.toISOString()).toMatch(when);
  await nuage.advance(NextRotationDate.getTime() - nuage.clock.now() - 1000);
  expect(await readValue(name)).toBe("a");
  await nuage.advance(2000);
  expect(await readValue(name)).toBe("a+");
  await client.send(new sdk.CancelRotateSecretCommand({ SecretId: name }));
});

test("a rotation that fails is tried again, and leaves the value as it was", async () => {
  await create("weak", "broken");
  await rotate("weak");
  await nuage.advance("10 seconds");
  expect(await readValue("weak")).toBe("broken");
  await expect(rotate("weak")).rejects.toThrow(
    "A previous rotation isn't complete. That rotation will be reattempted.",
  );
  const events = async () => JSON.parse((await readValue("events")) ?? "[]").length as number;
  const before = await events();
  await nuage.advance("1 hour");
  expect(await events()).toBe(before + 4 * 3);
  // When it has been given up, whoever asks again has it tried again, and is told the same.
  await expect(rotate("weak")).rejects.toThrow("That rotation will be reattempted.");
  await nuage.advance("10 seconds");
  expect(await events()).toBe(before + 5 * 3);
  expect((await describe("weak")).LastRotatedDate).toBeUndefined();
});

test("what cannot be rotated says why", async () => {
  await create("stiff");
  await expect(rotate("stiff", { RotationLambdaARN: undefined })).rejects.toMatchObject({
    name: "InvalidRequestException",
    message: "No Lambda rotation function ARN is associated with this secret.",
  });
  for (const name of ["closed", "nothing"]) {
    await expect(rotate("stiff", { RotationLambdaARN: functionArn(name) })).rejects.toThrow(
      "Secrets Manager cannot invoke the specified Lambda function.",
    );
  }
  for (const ScheduleExpression of ["rate(1 hour)", "rate(1 week)", "cron(0)"]) {
    await expect(rotate("stiff", { RotationRules: { ScheduleExpression } })).rejects.toThrow(
      "Invalid ScheduleExpression",
    );
  }
});
