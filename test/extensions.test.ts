// Extensions of layers, as users add them: their errors, their part of the trace, their time.
import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { LambdaClient, PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nuage as command } from "./cli.ts";
import { createFunction, invoke } from "./functions.fixture.ts";

let nuage: Nuage;
let lambda: LambdaClient;
beforeAll(async () => {
  nuage = await startNuage();
  lambda = nuage.client(LambdaClient);
});
afterAll(() => nuage.stop());

/** An extension that takes part in each invocation for so long, and does then what `then` says. */
const extension = (then: string) => `#!/usr/bin/env node
const at = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension/";
const later = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  const headers = { "lambda-extension-name": require("path").basename(process.argv[1]) };
  const answer = await fetch(at + "register", { method: "POST", headers, body: '{"events":["INVOKE"]}' });
  const own = { "lambda-extension-identifier": answer.headers.get("lambda-extension-identifier") };
  for (;;) {
    await (await fetch(at + "event/next", { headers: own })).json();
    ${then}
  }
})();
`;

const UNIX = 3;

/** A function with an extension in a layer, and its answer to one invocation. */
async function invokeWith(name: string, then: string) {
  const script = strToU8(extension(then));
  const { LayerVersionArn = "" } = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: name,
      Content: { ZipFile: zipSync({ "extensions/helper": [script, { os: UNIX, attrs: 0o755 << 16 }] }) },
    }),
  );
  const files = { "index.js": "exports.handler = async () => 'fine';" };
  await createFunction(lambda, name, files, { Layers: [LayerVersionArn] });
  const answer = await invoke(lambda, name);
  return JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as unknown;
}

const errorsOf = async (name: string) =>
  (await nuage.errors()).filter(({ functionName }) => functionName === name);

test("an extension that crashes is an error of its own class, though its caller had an answer", async () => {
  expect(await invokeWith("crashing", "await later(500); process.exit(1);")).toBe("fine");
  await nuage.idle();
  const [error] = await errorsOf("crashing");
  expect(error).toMatchObject({ class: "extension", title: "Extension.Crash: exit status 1" });
});

test("what an extension takes after the answer is in the trace and in CloudWatch", async () => {
  expect(await invokeWith("slow", "await later(150);")).toBe("fine");
  await nuage.idle();
  const spans = (await nuage.trace())?.spans ?? [];
  expect(spans.find(({ kind }) => kind === "init")?.attributes.extensions).toBe("helper");
  const invoked = spans.find(({ kind }) => kind === "invoke");
  expect(Number(invoked?.attributes.extensionMs)).toBeGreaterThan(100);
  const { out } = await command(["trace", "--endpoint", nuage.endpoint]);
  expect(out).toMatch(/slow init .*with helper/s);
  const cloudwatch = nuage.client(CloudWatchClient);
  const dimensions = [{ Name: "FunctionName", Value: "slow" }];
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 600_000),
      EndTime: new Date(Date.now() + 600_000),
      MetricDataQueries: [
        {
          Id: "extensions",
          MetricStat: {
            Metric: {
              Namespace: "AWS/Lambda",
              MetricName: "PostRuntimeExtensionsDuration",
              Dimensions: dimensions,
            },
            Period: 3600,
            Stat: "Maximum",
          },
        },
      ],
    }),
  );
  expect(MetricDataResults[0]?.Values?.[0]).toBeGreaterThan(100);
});
