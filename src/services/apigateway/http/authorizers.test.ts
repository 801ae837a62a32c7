// Who may call an HTTP API: tokens, functions, signatures; and who is told to browsers' scripts.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateAuthorizerCommand,
  type CreateAuthorizerCommandInput,
  ResetAuthorizersCacheCommand,
} from "@aws-sdk/client-apigatewayv2";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Apis, startApis } from "../apigateway.fixture.ts";

let it: Apis;
beforeAll(async () => {
  it = await startApis();
  await it.makeFunction("echo");
});
afterAll(() => it.stop());

const echo = "arn:aws:lambda:us-east-1:000000000000:function:echo";

async function makeGuarded(
  authorizer: Partial<CreateAuthorizerCommandInput>,
  route: { key?: string; scopes?: string[] } = {},
) {
  const api = await it.makeApi();
  const target = await api.integration({ IntegrationUri: echo });
  const { AuthorizerId } = await it.api.send(
    new CreateAuthorizerCommand({
      ApiId: api.id,
      Name: "who",
      AuthorizerType: "REQUEST",
      IdentitySource: ["$request.header.Authorization"],
      AuthorizerPayloadFormatVersion: "2.0",
      ...authorizer,
    }),
  );
  const AuthorizationType = authorizer.AuthorizerType === "JWT" ? "JWT" : "CUSTOM";
  await api.route(route.key ?? "GET /pets/{id}", target, {
    AuthorizationType,
    AuthorizerId,
    ...(route.scopes && { AuthorizationScopes: route.scopes }),
  });
  await api.stage();
  const get = (authorization?: string, path = "/pets/1") =>
    api.get(path, authorization === undefined ? {} : { headers: { authorization } });
  return { api, get };
}

describe("a JWT authorizer", () => {
  let server: Server;
  let issuer: string;
  let keys: { alg: string; privateKey: CryptoKey; publicKey: CryptoKey }[];
  const asked: string[] = [];

  beforeAll(async () => {
    keys = await Promise.all(
      ["RS256", "ES256"].map(async (alg) => ({
        alg,
        ...(await generateKeyPair(alg, { extractable: true })),
      })),
    );
    const jwks = {
      keys: await Promise.all(keys.map(async (key) => ({ ...(await jwkOf(key)), kid: key.alg }))),
    };
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const document = request.url === "/keys" ? jwks : { issuer, jwks_uri: `${issuer}/keys` };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(document));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  const jwkOf = ({ publicKey }: { publicKey: CryptoKey }) => exportJWK(publicKey);

  async function token(alg: string, claims: Record<string, unknown> = {}, expires = "1h"): Promise<string> {
    const key = keys.find((each) => each.alg === alg)?.privateKey as CryptoKey;
    return new SignJWT({ scope: "email pets", "cognito:groups": ["a", "b"], ...claims })
      .setProtectedHeader({ alg, kid: alg })
      .setIssuer(issuer)
      .setAudience("app")
      .setIssuedAt(Math.floor(it.nuage.clock.now() / 1000))
      .setExpirationTime(Math.floor(it.nuage.clock.now() / 1000) + (expires === "1h" ? 3600 : -1))
      .sign(key);
  }

  const guarded = (scopes?: string[], audience = ["app"]) =>
    makeGuarded(
      { AuthorizerType: "JWT", JwtConfiguration: { Issuer: issuer, Audience: audience } },
      scopes ? { scopes } : {},
    );

  test("lets in whoever has a token of its issuer, and tells the function its claims", async () => {
    const { get } = await guarded(["pets"]);
    for (const scheme of ["Bearer ", ""]) {
      const answer = await get(scheme + (await token("RS256")));
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        requestContext: {
          authorizer: {
            jwt: {
              claims: {
                aud: "app",
                iss: issuer,
                "cognito:groups": "[a b]",
                exp: expect.stringMatching(/^\d+$/),
              },
              scopes: ["email", "pets"],
            },
          },
        },
      });
    }
    expect(asked).toEqual(["/.well-known/openid-configuration", "/keys"]);
  });

  test("refuses everybody else with AWS's words", async () => {
    const { get } = await guarded();
    const none = await get();
    expect([none.status, none.body, none.headers["www-authenticate"]]).toEqual([
      401,
      '{"message":"Unauthorized"}',
      "Bearer",
    ]);
    const expired = await get(`Bearer ${await token("RS256", {}, "past")}`);
    expect(expired.status).toBe(401);
    expect(expired.headers["www-authenticate"]).toBe(
      'Bearer scope="" error="invalid_token" error_description="the token has expired"',
    );
    const curved = await get(`Bearer ${await token("ES256")}`);
    expect([curved.status, curved.headers["www-authenticate"]]).toEqual([
      401,
      'Bearer scope="" error="invalid_token" error_description="signing method is invalid"',
    ]);
    const good = await token("RS256");
    expect((await get(`Bearer ${good.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    expect((await get("Bearer rubbish")).status).toBe(401);
    const elsewhere = await guarded(undefined, ["another"]);
    expect((await elsewhere.get(`Bearer ${good}`)).status).toBe(401);
    const scoped = await guarded(["admin"]);
    const lacking = await scoped.get(`Bearer ${good}`);
    expect([lacking.status, lacking.body]).toEqual([403, '{"message":"Forbidden"}']);
    expect(lacking.headers["www-authenticate"]).toContain('error="insufficient_scope"');
  });

  test("asks for keys again after two hours by the clock", async () => {
    const { get } = await guarded();
    await get(`Bearer ${await token("RS256")}`);
    const before = asked.length;
    await it.nuage.advance("3 hours");
    expect((await get(`Bearer ${await token("RS256")}`)).status).toBe(200);
    expect(asked.length).toBe(before + 2);
  });
});

describe("a Lambda authorizer", () => {
  const authorizer = (name: string, code: string) =>
    it.makeFunction(name, `let calls = 0; export const handler = async (event) => { calls++; ${code} };`);

  test("answers yes or no, and its context reaches the function", async () => {
    const uri = await authorizer(
      "simple",
      `return { isAuthorized: event.identitySource[0] === "me",
        context: { calls, arn: event.routeArn, id: event.pathParameters.id } };`,
    );
    const settings = { AuthorizerUri: uri, EnableSimpleResponses: true, AuthorizerResultTtlInSeconds: 60 };
    const { api, get } = await makeGuarded(settings);
    const answer = await get("me");
    expect(answer.json()).toMatchObject({
      requestContext: {
        authorizer: {
          lambda: {
            calls: 1,
            id: "1",
            arn: `arn:aws:execute-api:us-east-1:000000000000:${api.id}/$default/GET/pets/1`,
          },
        },
      },
    });
    const callsOf = async () => {
      const { requestContext } = (await get("me")).json();
      return requestContext.authorizer.lambda.calls;
    };
    expect(await callsOf()).toBe(1);
    await it.nuage.advance("61s");
    expect(await callsOf()).toBe(2);
    await it.api.send(new ResetAuthorizersCacheCommand({ ApiId: api.id, StageName: "$default" }));
    expect(await callsOf()).toBe(3);
    const denied = await get("you");
    expect([denied.status, denied.body]).toEqual([403, '{"message":"Forbidden"}']);
    const unnamed = await get();
    expect([unnamed.status, unnamed.body]).toEqual([401, '{"message":"Unauthorized"}']);
  });

  test("may answer with a policy, which holds for other paths too while it is kept", async () => {
    const uri = await authorizer(
      "policy",
      `if (event.authorizationToken === "none") throw new Error("Unauthorized");
       return { principalId: "me", context: { calls }, policyDocument: { Version: "2012-10-17", Statement: [
        { Action: "execute-api:Invoke", Effect: "Allow",
          Resource: event.methodArn.replace(/pets.*/, "pets/1*") }
       ] } };`,
    );
    const { get } = await makeGuarded({
      AuthorizerUri: uri,
      AuthorizerPayloadFormatVersion: "1.0",
      AuthorizerResultTtlInSeconds: 300,
    });
    expect((await get("me")).json()).toMatchObject({
      requestContext: { authorizer: { lambda: { calls: 1 } } },
    });
    expect((await get("me", "/pets/12")).status).toBe(200);
    expect((await get("me", "/pets/2")).status).toBe(403);
    expect((await get("none")).status).toBe(401);
  });

  test("that fails or answers something else is a 500", async () => {
    const uri = await authorizer("rubbish", "return { yes: true };");
    const { get } = await makeGuarded({ AuthorizerUri: uri });
    const answer = await get("me");
    expect([answer.status, answer.body]).toEqual([500, '{"message":"Internal Server Error"}']);
  });
});

test("IAM lets in whoever signs, and tells who it was", async () => {
  const api = await it.makeApi();
  const target = await api.integration({ IntegrationUri: echo });
  await api.route("GET /", target, { AuthorizationType: "AWS_IAM" });
  await api.stage();
  const unsigned = await api.get("/");
  expect([unsigned.status, unsigned.body]).toEqual([403, '{"message":"Forbidden"}']);
  const authorization =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/us-east-1/execute-api/aws4_request, " +
    `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;
  const signed = await api.get("/", { headers: { authorization, "x-amz-date": "20261123T000000Z" } });
  expect(signed.json()).toMatchObject({
    requestContext: {
      authorizer: {
        iam: {
          accessKey: "AKIDEXAMPLE",
          accountId: "000000000000",
          userArn: "arn:aws:iam::000000000000:root",
          cognitoIdentity: null,
        },
      },
    },
  });
});

describe("CORS", () => {
  const cors = {
    AllowOrigins: ["https://app.example", "http://*"],
    AllowMethods: ["GET", "POST"],
    AllowHeaders: ["content-type"],
    ExposeHeaders: ["x-one"],
    MaxAge: 600,
    AllowCredentials: true,
  };
  const asking = (origin: string) => ({
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET" },
  });

  test("answers preflight requests by itself, and speaks for the integration", async () => {
    const api = await it.makeApi({ Target: echo, CorsConfiguration: cors });
    const preflight = await api.get("/any", asking("https://app.example"));
    expect([preflight.status, preflight.body]).toEqual([204, ""]);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "600",
      "access-control-allow-credentials": "true",
    });
    expect((await api.get("/", asking("http://any.example"))).headers["access-control-allow-origin"]).toBe(
      "http://any.example",
    );
    const stranger = await api.get("/", asking("https://stranger.example"));
    expect(stranger.status).toBe(204);
    expect(stranger.headers).not.toHaveProperty("access-control-allow-origin");
    const plain = await api.get("/", { headers: { origin: "https://app.example" } });
    expect(plain.headers).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-expose-headers": "x-one",
      "access-control-allow-credentials": "true",
    });
    expect((await api.get("/")).headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("tells scripts of refusals too, and is not there without rules", async () => {
    const api = await it.makeApi({ CorsConfiguration: { AllowOrigins: ["*"] } });
    await api.route("GET /x", await api.integration({ IntegrationUri: echo }));
    await api.stage();
    const missing = await api.get("/nothing", { headers: { origin: "https://a.example" } });
    expect([missing.status, missing.headers["access-control-allow-origin"]]).toEqual([404, "*"]);
    const none = await it.makeApi();
    await none.route("GET /x", await none.integration({ IntegrationUri: echo }));
    await none.stage();
    expect((await none.get("/x", asking("https://a.example"))).status).toBe(404);
  });
});
