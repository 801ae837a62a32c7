// Whom a REST API lets in: its own policy with conditions, beside what authorizers say.
import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MethodSpec, MOCK, type Rest, startRest } from "./rest.fixture.ts";

let on: Rest;

beforeAll(async () => {
  on = await startRest();
});

afterAll(() => on?.nuage.stop());

const ok = (more: Partial<MethodSpec> = {}): MethodSpec => ({
  path: "/a",
  verb: "GET",
  integration: MOCK,
  answers: [{ statusCode: "200" }],
  ...more,
});

const SIGNED = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/execute-api/aws4_request, " +
    `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
  "x-amz-date": "20261123T000000Z",
};

interface Said {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Condition?: object;
}

const policy = (...statements: readonly Said[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((said) => ({
      Principal: "*",
      Action: "execute-api:Invoke",
      Resource: "execute-api:/*",
      ...said,
    })),
  });

const allowed: Said = { Effect: "Allow" };
const fromElsewhere = { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24"] } };
const fromHere = { IpAddress: { "aws:SourceIp": ["127.0.0.0/8"] } };

describe("an API's own policy", () => {
  test.each([
    ["denies on a condition that holds", [allowed, { Effect: "Deny", Condition: fromElsewhere }], 403],
    [
      "lets in where that of a denial does not hold",
      [allowed, { ...allowed, Effect: "Deny", Condition: { IpAddress: { "aws:SourceIp": "203.0.113.7" } } }],
      200,
    ],
    ["allows on a condition", [{ Effect: "Allow", Condition: fromHere }], 200],
    [
      "says nothing of others",
      [{ Effect: "Allow", Condition: { StringEquals: { "aws:UserAgent": "x" } } }],
      403,
    ],
    ["is for those whom it names", [{ Effect: "Allow", Principal: { AWS: "111122223333" } }], 403],
  ] as const)("%s", async (_name, statements, status) => {
    const id = await on.api([ok()], { policy: policy(...statements) });
    const answer = await on.ask(id, "/prod/a");
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.text).toContain('{"Message":"User: anonymous is not authorized');
  });

  test("needs not let the account's own users in, but may deny them", async () => {
    const method = ok({ authorizationType: "AWS_IAM" });
    const other = { Effect: "Allow", Principal: { AWS: "111122223333" } };
    const open = await on.api([method], { policy: policy(other) });
    expect((await on.ask(open, "/prod/a", { headers: SIGNED })).status).toBe(200);
    const shut = await on.api([method], { policy: policy(allowed, { Effect: "Deny", Condition: fromHere }) });
    expect((await on.ask(shut, "/prod/a", { headers: SIGNED })).status).toBe(403);
  });

  test("counts where an authorizer says nothing, and before it is asked", async () => {
    const authorizerUri = await on.fn(`export const handler = async ({ authorizationToken }) => ({
      principalId: "p",
      policyDocument: { Version: "2012-10-17", Statement: [{
        Effect: "Allow", Action: "execute-api:Invoke",
        Resource: authorizationToken === "here" ? "*" : "arn:aws:execute-api:*:*:*/other/*",
        Condition: { IpAddress: { "aws:SourceIp": "127.0.0.1" } },
      }] },
    });`);
    const ask = async (own: string | undefined, authorization: string) => {
      let authorizerId = "";
      const id = await on.api([], own === undefined ? {} : { policy: own }, async (restApiId) => {
        const name = "a";
        const identitySource = "method.request.header.Authorization";
        const input = { restApiId, name, type: "TOKEN" as const, authorizerUri, identitySource };
        authorizerId = (await on.client.send(new sdk.CreateAuthorizerCommand(input))).id ?? "";
        await on.addMethod(restApiId, ok({ authorizationType: "CUSTOM", authorizerId }));
      });
      return (await on.ask(id, "/prod/a", { headers: { authorization } })).status;
    };
    expect([await ask(undefined, "here"), await ask(undefined, "nowhere")]).toEqual([200, 403]);
    expect(await ask(policy(allowed), "nowhere")).toBe(200);
    expect(await ask(policy({ Effect: "Deny" }), "here")).toBe(403);
  });
});

test("an authorizer is found by a stage variable", async () => {
  const uri = await on.fn(`export const handler = async () => ({
    principalId: "p", policyDocument: { Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
  });`);
  const name = /function:(\w+)\//.exec(uri)?.[1] ?? "";
  const authorizerUri = uri.replace(name, "${" + "stageVariables.who}");
  const id = await on.api([], {}, async (restApiId) => {
    const identitySource = "method.request.header.Authorization";
    const input = { restApiId, name: "a", type: "TOKEN" as const, authorizerUri, identitySource };
    const { id: authorizerId = "" } = await on.client.send(new sdk.CreateAuthorizerCommand(input));
    await on.addMethod(restApiId, ok({ authorizationType: "CUSTOM", authorizerId }));
  });
  await on.deploy(id, { variables: { who: name } });
  expect((await on.ask(id, "/prod/a", { headers: { authorization: "x" } })).status).toBe(200);
});

test("an API whose own address is shut answers at its domains alone", async () => {
  const id = await on.api([ok()], { disableExecuteApiEndpoint: true });
  const refused = await on.ask(id, "/prod/a");
  expect([refused.status, refused.json]).toEqual([403, { message: "Forbidden" }]);
  await on.client.send(
    new sdk.CreateDomainNameCommand({
      domainName: "api.shut.example",
      regionalCertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1",
      endpointConfiguration: { types: ["REGIONAL"] },
    }),
  );
  const mapping = { domainName: "api.shut.example", restApiId: id, stage: "prod" };
  await on.client.send(new sdk.CreateBasePathMappingCommand(mapping));
  expect((await on.ask(id, "/a", { headers: { host: "api.shut.example" } })).status).toBe(200);
});
