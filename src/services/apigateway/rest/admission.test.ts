// Who may call a REST API, and how much: authorizers, signatures, keys, quotas, throttles; and its canaries,
// caches and logs.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-api-gateway";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
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
  answers: [
    {
      statusCode: "200",
      responseTemplates: {
        "application/json": '{"who": "$context.authorizer.principalId", "role": "$context.authorizer.role"}',
      },
    },
  ],
  ...more,
});

const patch = (restApiId: string, ...patchOperations: sdk.PatchOperation[]) =>
  on.client.send(new sdk.UpdateStageCommand({ restApiId, stageName: "prod", patchOperations }));

const AUTHORIZER = `export const handler = async (event) => {
  const token = event.authorizationToken ?? event.headers.token;
  if (token === "broken") throw new Error("broken");
  if (token === "unknown") throw new Error("Unauthorized");
  globalThis.calls = (globalThis.calls ?? 0) + 1;
  const Effect = token === "bad" ? "Deny" : "Allow";
  const Resource = token === "other" ? event.methodArn + "x" : event.methodArn.replace(/GET.*/, "*");
  const Statement = [{ Effect, Action: "execute-api:Invoke", Resource }];
  return {
    principalId: token,
    policyDocument: { Version: "2012-10-17", Statement },
    context: { role: "r" + globalThis.calls },
    usageIdentifierKey: "k".repeat(24),
  };
};`;

describe("authorizers", () => {
  async function custom(authorizer: Partial<sdk.CreateAuthorizerRequest>) {
    const uri = await on.fn(AUTHORIZER);
    return on.api([], {}, async (restApiId) => {
      const { id } = await on.client.send(
        new sdk.CreateAuthorizerCommand({
          restApiId,
          name: "mine",
          type: "TOKEN",
          authorizerUri: uri,
          identitySource: "method.request.header.Authorization",
          ...authorizer,
        }),
      );
      await on.addMethod(restApiId, ok({ authorizationType: "CUSTOM", authorizerId: id }));
    });
  }

  test("that are functions see a token, and decide", async () => {
    const id = await custom({ identityValidationExpression: "[a-z]+" });
    const ask = async (token?: string) => {
      const headers = token === undefined ? {} : { authorization: token };
      const { status, json } = await on.ask(id, "/prod/a", { headers });
      return [status, json];
    };
    expect(await ask()).toEqual([401, { message: "Unauthorized" }]);
    expect(await ask("UPPER")).toEqual([401, { message: "Unauthorized" }]);
    expect(await ask("ann")).toEqual([200, { who: "ann", role: "r1" }]);
    expect(await ask("bad")).toEqual([
      403,
      { message: "User is not authorized to access this resource with an explicit deny" },
    ]);
    expect(await ask("other")).toEqual([403, { message: "User is not authorized to access this resource" }]);
    expect(await ask("unknown")).toEqual([401, { message: "Unauthorized" }]);
    expect((await ask("broken"))[0]).toBe(500);
  });

  test("are asked again when what they said is no longer kept", async () => {
    const id = await custom({ authorizerResultTtlInSeconds: 60 });
    const roleNow = async () => {
      const { json } = await on.ask(id, "/prod/a", { headers: { authorization: "ann" } });
      return (json as { role: string }).role;
    };
    const first = await roleNow();
    expect(await roleNow()).toBe(first);
    await on.nuage.clock.advance("61 seconds");
    expect(await roleNow()).not.toBe(first);
  });

  test("see the whole request where they are of that type", async () => {
    const id = await custom({
      type: "REQUEST",
      identitySource: "method.request.header.token, method.request.querystring.q",
    });
    const answer = await on.ask(id, "/prod/a?q=1", { headers: { token: "ann" } });
    expect(answer.json).toMatchObject({ who: "ann" });
    expect((await on.ask(id, "/prod/a", { headers: { token: "ann" } })).status).toBe(401);
  });

  test("of user pools verify tokens with the issuer's keys", async () => {
    const { publicKey, privateKey } = await generateKeyPair("RS256");
    const key = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256" };
    const issuer: Server = createServer((request, response) => {
      const { port } = issuer.address() as AddressInfo;
      response.setHeader("content-type", "application/json");
      const isKeys = request.url === "/keys";
      response.end(JSON.stringify(isKeys ? { keys: [key] } : { jwks_uri: `http://127.0.0.1:${port}/keys` }));
    });
    issuer.listen(0, "127.0.0.1");
    await new Promise((resolve) => issuer.once("listening", resolve));
    const iss = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
    const id = await on.api([], {}, async (restApiId) => {
      const { id: authorizerId } = await on.client.send(
        new sdk.CreateAuthorizerCommand({
          restApiId,
          name: "pool",
          type: "COGNITO_USER_POOLS",
          providerARNs: [iss],
          identitySource: "method.request.header.Authorization",
        }),
      );
      await on.addMethod(restApiId, {
        ...ok({ authorizationType: "COGNITO_USER_POOLS", authorizerId }),
        answers: [
          {
            statusCode: "200",
            responseTemplates: { "application/json": '"$context.authorizer.claims.email"' },
          },
        ],
      });
    });
    const nowS = Math.floor(on.nuage.clock.now() / 1000);
    const token = (expiresS: number) =>
      new SignJWT({ email: "ann@example.com", token_use: "id" })
        .setProtectedHeader({ alg: "RS256", kid: "one" })
        .setIssuer(iss)
        .setExpirationTime(expiresS)
        .sign(privateKey);
    const ask = async (authorization: string) => {
      const { status, json } = await on.ask(id, "/prod/a", { headers: { authorization } });
      return [status, json];
    };
    expect(await ask(await token(nowS + 60))).toEqual([200, "ann@example.com"]);
    expect(await ask(await token(nowS - 60))).toEqual([401, { message: "The incoming token has expired" }]);
    expect(await ask("nonsense")).toEqual([401, { message: "Unauthorized" }]);
    issuer.close();
  });

  test("may be signatures, and the API's own policy", async () => {
    const policy = (effect: string) =>
      JSON.stringify({
        Statement: [
          { Effect: effect, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" },
        ],
      });
    const signed = await on.api([ok({ authorizationType: "AWS_IAM" })], { policy: policy("Allow") });
    expect((await on.ask(signed, "/prod/a")).json).toEqual({ message: "Missing Authentication Token" });
    const authorization =
      "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/execute-api/aws4_request, " +
      `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;
    const answer = await on.ask(signed, "/prod/a", {
      headers: { authorization, "x-amz-date": "20261123T000000Z" },
    });
    expect(answer.status).toBe(200);
    const closed = await on.api([ok()], { policy: policy("Deny") });
    const refused = await on.ask(closed, "/prod/a");
    expect(refused.status).toBe(403);
    expect(refused.text).toMatch(
      /^\{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke/,
    );
  });
});

describe("keys and limits", () => {
  async function withKey(plan: Partial<sdk.CreateUsagePlanRequest>) {
    const id = await on.api([ok({ apiKeyRequired: true })]);
    const key = await on.client.send(new sdk.CreateApiKeyCommand({ name: "k", enabled: true }));
    const { id: usagePlanId = "" } = await on.client.send(
      new sdk.CreateUsagePlanCommand({ name: "p", apiStages: [{ apiId: id, stage: "prod" }], ...plan }),
    );
    await on.client.send(
      new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId: key.id, keyType: "API_KEY" }),
    );
    const ask = async (value = key.value) => {
      const answer = await on.ask(id, "/prod/a", { headers: value ? { "x-api-key": value } : {} });
      return answer.status === 200 ? 200 : [answer.status, (answer.json as { message: string }).message];
    };
    return { ask, usagePlanId, keyId: key.id ?? "" };
  }

  test("a key is asked for, and a quota is kept by the clock", async () => {
    const { ask, usagePlanId, keyId } = await withKey({ quota: { limit: 2, period: "DAY" } });
    expect(await ask("")).toEqual([403, "Forbidden"]);
    expect(await ask("x".repeat(30))).toEqual([403, "Forbidden"]);
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, [429, "Limit Exceeded"]]);
    const day = new Date(on.nuage.clock.now()).toISOString().slice(0, 10);
    const usage = await on.client.send(
      new sdk.GetUsageCommand({ usagePlanId, startDate: day, endDate: day }),
    );
    expect(usage.items).toEqual({ [keyId]: [[2, 0]] });
    await on.nuage.clock.advance("24 hours");
    expect(await ask()).toBe(200);
  });

  test("a plan's rate and a stage's rate throttle", async () => {
    const { ask } = await withKey({ throttle: { rateLimit: 1, burstLimit: 1 } });
    expect([await ask(), await ask()]).toEqual([200, [429, "Too Many Requests"]]);
    await on.nuage.clock.advance("1 second");
    expect(await ask()).toBe(200);
    const id = await on.api([ok()]);
    await patch(
      id,
      { op: "replace", path: "/~1a/GET/throttling/rateLimit", value: "1" },
      { op: "replace", path: "/~1a/GET/throttling/burstLimit", value: "1" },
    );
    expect((await on.ask(id, "/prod/a")).status).toBe(200);
    expect((await on.ask(id, "/prod/a")).status).toBe(429);
  });
});

describe("stages", () => {
  const says = (word: string): MethodSpec =>
    ok({
      answers: [
        { statusCode: "200", responseTemplates: { "application/json": `"${word} $stageVariables.v"` } },
      ],
    });

  test("answer as they were deployed, and a canary takes its share", async () => {
    const id = await on.api([says("old")]);
    const place = {
      restApiId: id,
      resourceId: await on.resourceAt(id, "/a"),
      httpMethod: "GET",
      statusCode: "200",
    };
    await on.client.send(
      new sdk.PutIntegrationResponseCommand({
        ...place,
        responseTemplates: { "application/json": '"new $stageVariables.v"' },
      }),
    );
    const words = async () => {
      const heard = new Set<unknown>();
      for (let round = 0; round < 40; round++) heard.add((await on.ask(id, "/prod/a")).json);
      return [...heard].sort();
    };
    expect(await words()).toEqual(["old "]);
    await on.deploy(id, { canarySettings: { percentTraffic: 50, stageVariableOverrides: { v: "canary" } } });
    expect(await words()).toEqual(["new canary", "old "]);
    await patch(
      id,
      { op: "copy", path: "/deploymentId", from: "/canarySettings/deploymentId" },
      { op: "remove", path: "/canarySettings" },
    );
    expect(await words()).toEqual(["new "]);
  });

  test("keep answers where they are asked to", async () => {
    const uri = await on.fn(
      "let n = 0; export const handler = async () => ({ statusCode: 200, body: String(++n) });",
    );
    const id = await on.api([
      {
        path: "/n",
        verb: "GET",
        requestParameters: { "method.request.querystring.q": false },
        integration: {
          type: "AWS_PROXY",
          integrationHttpMethod: "POST",
          uri,
          cacheKeyParameters: ["method.request.querystring.q"],
        },
      },
    ]);
    await patch(
      id,
      { op: "replace", path: "/cacheClusterEnabled", value: "true" },
      { op: "replace", path: "/cacheClusterSize", value: "0.5" },
      { op: "replace", path: "/~1n/GET/caching/enabled", value: "true" },
      { op: "replace", path: "/~1n/GET/caching/ttlInSeconds", value: "10" },
    );
    const ask = async (q: string) => (await on.ask(id, `/prod/n?q=${q}`)).text;
    expect([await ask("a"), await ask("a"), await ask("b")]).toEqual(["1", "1", "2"]);
    const fresh = () => on.ask(id, "/prod/n?q=a", { headers: { "cache-control": "max-age=0" } });
    const warned = await fresh();
    expect([warned.text, warned.headers.warning]).toEqual(["1", expect.stringMatching(/^199 /)]);
    const strategy = "/~1n/GET/caching/unauthorizedCacheControlHeaderStrategy";
    await patch(id, { op: "replace", path: strategy, value: "FAIL_WITH_403" });
    expect((await fresh()).status).toBe(403);
    const asked = "/~1n/GET/caching/requireAuthorizationForCacheControl";
    await patch(id, { op: "replace", path: asked, value: "false" });
    expect((await fresh()).text).toBe("3");
    await on.nuage.clock.advance("11 seconds");
    expect(await ask("a")).toBe("4");
    await on.client.send(new sdk.FlushStageCacheCommand({ restApiId: id, stageName: "prod" }));
    expect(await ask("a")).toBe("5");
  });

  test("write access logs and execution logs", async () => {
    const logs = on.nuage.client(CloudWatchLogsClient);
    await logs.send(new CreateLogGroupCommand({ logGroupName: "access" }));
    const id = await on.api([ok()]);
    await patch(
      id,
      {
        op: "replace",
        path: "/accessLogSettings/destinationArn",
        value: "arn:aws:logs:us-east-1:000000000000:log-group:access",
      },
      {
        op: "replace",
        path: "/accessLogSettings/format",
        value: '{"path":"$context.resourcePath","status":"$context.status","id":"$context.requestId"}',
      },
      { op: "replace", path: "/*/*/logging/loglevel", value: "INFO" },
    );
    const answer = await on.ask(id, "/prod/a");
    await on.nuage.idle();
    const messages = async (logGroupName: string) =>
      ((await logs.send(new FilterLogEventsCommand({ logGroupName }))).events ?? []).map(
        ({ message }) => message,
      );
    expect((await messages("access")).map((line) => JSON.parse(line ?? ""))).toEqual([
      { path: "/a", status: "200", id: answer.headers["x-amzn-requestid"] },
    ]);
    expect((await messages(`API-Gateway-Execution-Logs_${id}/prod`)).join("\n")).toContain(
      "Successfully completed execution",
    );
  });
});
