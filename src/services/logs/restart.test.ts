import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
  PutSubscriptionFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { type Nuage, startNuage } from "nuage/testing";
import { afterEach, expect, test } from "vitest";
import { zip } from "../../../test/zip.ts";

const folder = mkdtempSync(join(tmpdir(), "nuage-logs-restart-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const deploy = (nuage: Nuage, FunctionName: string, handler: string) =>
  nuage.client(LambdaClient).send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/r",
      Code: { ZipFile: zip({ "index.mjs": `export const handler = ${handler};` }) },
    }),
  );
const invoke = (nuage: Nuage, FunctionName: string) =>
  nuage.client(LambdaClient).send(new InvokeCommand({ FunctionName, Payload: Buffer.from("{}") }));

async function messages(nuage: Nuage, logGroupName: string, filterPattern: string): Promise<string[]> {
  const logs = nuage.client(CloudWatchLogsClient);
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
  return events.map(({ message = "" }) => message);
}

test("functions' lines, what was deleted of them and who listens are the same after a restart", async () => {
  let nuage = await startNuage({ data: folder });
  for (const name of ["kept", "deleted"]) await deploy(nuage, name, `async () => console.log("WORD")`);
  const { FunctionArn } = await deploy(nuage, "hears", `async () => console.log("HEARD")`);
  await nuage.client(LambdaClient).send(
    new AddPermissionCommand({
      FunctionName: "hears",
      StatementId: "logs",
      Action: "lambda:InvokeFunction",
      Principal: "logs.amazonaws.com",
    }),
  );
  await invoke(nuage, "kept");
  await invoke(nuage, "deleted");
  const logs = nuage.client(CloudWatchLogsClient);
  await logs.send(new DeleteLogGroupCommand({ logGroupName: "/aws/lambda/deleted" }));
  const logGroupName = "/aws/lambda/kept";
  await logs.send(
    new PutSubscriptionFilterCommand({
      logGroupName,
      filterName: "f",
      filterPattern: "WORD",
      destinationArn: FunctionArn ?? "",
    }),
  );
  await nuage.stop();

  nuage = await startNuage({ data: folder });
  // Nobody has asked for logs yet: the subscription holds all the same.
  await invoke(nuage, "kept");
  await nuage.idle();
  expect(await messages(nuage, "/aws/lambda/hears", "HEARD")).toHaveLength(1);
  expect(await messages(nuage, logGroupName, "WORD")).toHaveLength(2);
  await expect(messages(nuage, "/aws/lambda/deleted", "WORD")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await nuage
    .client(CloudWatchLogsClient)
    .send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/deleted" }));
  expect(await messages(nuage, "/aws/lambda/deleted", "WORD")).toEqual([]);
  await nuage.stop();
}, 60_000);

test("groups that nobody asked for before a restart are there after it", async () => {
  let nuage = await startNuage({ data: folder });
  await deploy(nuage, "early", `async () => console.log("EARLY")`);
  await invoke(nuage, "early");
  await nuage.stop();
  nuage = await startNuage({ data: folder });
  expect(await messages(nuage, "/aws/lambda/early", "EARLY")).toHaveLength(1);
  const put = new PutLogEventsCommand({
    logGroupName: "/aws/lambda/early",
    logStreamName: "none",
    logEvents: [{ timestamp: Date.now(), message: "x" }],
  });
  await expect(nuage.client(CloudWatchLogsClient).send(put)).rejects.toThrow("log stream does not exist");
  await nuage.stop();
}, 60_000);
