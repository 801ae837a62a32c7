// What REST APIs write into Logs of the requests they answer.
import * as sdk from "@aws-sdk/client-api-gateway";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Rest, startRest } from "./rest.fixture.ts";

let on: Rest;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  on = await startRest();
  logs = on.nuage.client(CloudWatchLogsClient);
});

afterAll(() => on?.nuage.stop());

const proxy = (uri: string) => ({ type: "AWS_PROXY", integrationHttpMethod: "POST", uri }) as const;

async function patch(restApiId: string, values: Readonly<Record<string, string>>): Promise<void> {
  const patchOperations = Object.entries(values).map(([path, value]) => ({
    op: "replace" as const,
    path,
    value,
  }));
  await on.client.send(new sdk.UpdateStageCommand({ restApiId, stageName: "prod", patchOperations }));
}

async function linesOf(logGroupName: string): Promise<string[]> {
  await on.nuage.idle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
  return events.map(({ message = "" }) => message);
}

/** Without the request's id before each. */
const executionLines = async (id: string) =>
  (await linesOf(`API-Gateway-Execution-Logs_${id}/prod`)).map((line) => line.replace(/^\([\w-]+\) /, ""));

const MALFORMED = "Execution failed due to configuration error: Malformed Lambda proxy response";

describe("execution logs", () => {
  test("tell what went to a function, and what came back", async () => {
    const uri = await on.fn("export const handler = async () => ({ statusCode: 200, body: 'hello' });");
    const id = await on.api([{ path: "/pets/{id}", verb: "GET", integration: proxy(uri) }]);
    await patch(id, { "/*/*/logging/loglevel": "INFO", "/*/*/logging/dataTrace": "true" });
    await on.ask(id, "/prod/pets/7?q=1");
    const lines = await executionLines(id);
    const begins = [
      "Extended Request Id: ",
      "Verifying Usage Plan for request: ",
      "API Key  authorized because method 'GET /pets/{id}' does not require API Key. Request will not",
      "Starting execution for request: ",
      "HTTP Method: GET, Resource Path: /pets/7",
      "Method request path: {id=7}",
      "Method request query string: {q=1}",
      "Method request headers: {",
      "Method request body before transformations: ",
      "Endpoint request URI: https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:",
      'Endpoint request body after transformations: {"resource":"/pets/{id}"',
      "Sending request to https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:",
      "Received response. Status: 200, Integration latency: ",
      'Endpoint response body before transformations: {"statusCode":200,"body":"hello"}',
      "Method response body after transformations: hello",
      "Method response headers: {Content-Type=application/json, X-Amzn-Trace-Id=Root=1-",
      "Successfully completed execution",
      "Method completed with status: 200",
    ];
    expect(lines.map((line, index) => line.slice(0, begins[index]?.length))).toEqual(begins);
  });

  test.each([
    ["is malformed", "return { body: 1 }", [MALFORMED, "Method completed with status: 502"]],
    [
      "is an error",
      "throw new Error('no')",
      [
        expect.stringMatching(
          /^Lambda execution failed with status 200 due to customer function error: no\. Lambda request id: /,
        ),
        "Method completed with status: 502",
      ],
    ],
  ])("of errors alone have what went wrong when an answer %s", async (_name, code, expected) => {
    const uri = await on.fn(`export const handler = async () => { ${code} };`);
    const id = await on.api([{ path: "/", verb: "GET", integration: proxy(uri) }]);
    await patch(id, { "/*/*/logging/loglevel": "ERROR" });
    expect((await on.ask(id, "/prod/")).status).toBe(502);
    expect(await executionLines(id)).toEqual(expected);
  });
});

test("access logs tell of the function and of the authorizer", async () => {
  await logs.send(new CreateLogGroupCommand({ logGroupName: "told" }));
  const uri = await on.fn(
    "export const handler = async ({ path }) => path === '/bad' ? 1 : { statusCode: 202 };",
  );
  const authorizerUri = await on.fn(`export const handler = async ({ methodArn, authorizationToken }) => {
    if (authorizationToken === "who") throw new Error("Unauthorized");
    const Statement = [{ Effect: "Allow", Action: "*", Resource: "*" }];
    return { principalId: "p", context: { team: "red" }, policyDocument: { Statement } };
  };`);
  const id = await on.api([], {}, async (restApiId) => {
    const identitySource = "method.request.header.Authorization";
    const input = { restApiId, name: "a", type: "TOKEN" as const, authorizerUri, identitySource };
    const { id: authorizerId = "" } = await on.client.send(new sdk.CreateAuthorizerCommand(input));
    const integration = proxy(uri);
    await on.addMethod(restApiId, {
      path: "/{p}",
      verb: "GET",
      integration,
      authorizationType: "CUSTOM",
      authorizerId,
    });
  });
  const names = ["integration.status", "integrationStatus", "integration.error", "authorizer.status"];
  const format = [...names, "authorizer.error", "authorizer.team", "status"].map(
    (name) => `$context.${name}`,
  );
  await patch(id, {
    "/accessLogSettings/destinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:told",
    "/accessLogSettings/format": `${format.join("|")}|$context.requestId`,
  });
  const ask = (path: string, authorization: string) =>
    on.ask(id, `/prod${path}`, { headers: { authorization } });
  await ask("/good", "me");
  await ask("/bad", "me");
  await ask("/good", "who");
  const lines = (await linesOf("told")).map((line) => line.slice(0, line.lastIndexOf("|")));
  expect(lines.sort()).toEqual([
    "-|-|-|401|Unauthorized|-|401",
    "200|200|Malformed Lambda proxy response|200|-|red|502",
    "202|200|-|200|-|red|202",
  ]);
});
