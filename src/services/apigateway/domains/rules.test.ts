// Routing rules of custom domain names: what chooses an API's stage by headers and base path.
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../apigateway.fixture.ts";
import { MOCK, type Rest, startRest } from "../rest/rest.fixture.ts";

let on: Rest;
let v2: sdk.ApiGatewayV2Client;
let count = 0;
beforeAll(async () => {
  on = await startRest();
  v2 = on.nuage.client(sdk.ApiGatewayV2Client);
});
afterAll(() => on?.nuage.stop());

/** An API that tells its id and the path that it was asked for. */
const telling = () => {
  const responseTemplates = { "application/json": "$context.apiId $context.path" };
  const answers = [{ statusCode: "200", responseTemplates }];
  return on.api([
    { path: "/", verb: "GET", integration: MOCK, answers },
    { path: "/{proxy+}", verb: "GET", integration: MOCK, answers },
  ]);
};

async function makeDomain(RoutingMode: sdk.RoutingMode) {
  const DomainName = `rules${count++}.example.com`;
  await v2.send(new sdk.CreateDomainNameCommand({ DomainName, RoutingMode, DomainNameConfigurations: [{}] }));
  return DomainName;
}

const invoke = (ApiId: string, StripBasePath = false) => ({
  Actions: [{ InvokeApi: { ApiId, Stage: "prod", StripBasePath } }],
});
const header = (Header: string, ValueGlob: string) => ({ MatchHeaders: { AnyOf: [{ Header, ValueGlob }] } });
const below = (...AnyOf: string[]) => ({ MatchBasePaths: { AnyOf } });

async function ask(host: string, path: string, headers: Record<string, string> = {}): Promise<string> {
  const { port } = new URL(on.nuage.endpoint);
  const call = request({ port, host: "127.0.0.1", path, headers: { host, ...headers } });
  call.end();
  const [response] = (await once(call, "response")) as [IncomingMessage];
  let text = "";
  for await (const part of response) text += String(part);
  return response.statusCode === 200 ? text : String(response.statusCode);
}

test("rules are looked at by their priority, and then the mappings", async () => {
  const [beta, users, rest] = await Promise.all([telling(), telling(), telling()]);
  const DomainName = await makeDomain("ROUTING_RULE_THEN_API_MAPPING");
  const rule = (
    Priority: number,
    Conditions: sdk.RoutingRuleCondition[],
    actions: ReturnType<typeof invoke>,
  ) => v2.send(new sdk.CreateRoutingRuleCommand({ DomainName, Priority, Conditions, ...actions }));
  await rule(20, [below("users", "people/all")], invoke(users, true));
  await rule(10, [header("X-Version", "beta*"), header("hello", "*orl*"), below("users")], invoke(beta));
  await v2.send(new sdk.CreateApiMappingCommand({ DomainName, ApiId: rest, Stage: "prod" }));
  const both = { "x-version": "beta-2", Hello: "World" };
  expect(await ask(DomainName, "/users/1", both)).toBe(`${beta} /users/1`);
  expect(await ask(DomainName, "/users/1", { ...both, Hello: "WORLD" })).toBe(`${users} /1`);
  expect(await ask(DomainName, "/people/all", { "x-version": "beta" })).toBe(`${users} /`);
  expect(await ask(DomainName, "/usersmore", both)).toBe(`${rest} /usersmore`);
});

test("the mode says whether rules or mappings count; a rule without conditions takes all", async () => {
  const [ruled, mapped] = await Promise.all([telling(), telling()]);
  const DomainName = await makeDomain("API_MAPPING_ONLY");
  await v2.send(
    new sdk.CreateRoutingRuleCommand({ DomainName, Priority: 1, Conditions: [], ...invoke(ruled) }),
  );
  expect(await ask(DomainName, "/a")).toBe("403");
  await v2.send(new sdk.CreateApiMappingCommand({ DomainName, ApiId: mapped, Stage: "prod" }));
  expect(await ask(DomainName, "/a")).toBe(`${mapped} /a`);
  const mode = (RoutingMode: sdk.RoutingMode) =>
    v2.send(new sdk.UpdateDomainNameCommand({ DomainName, RoutingMode }));
  await mode("ROUTING_RULE_ONLY");
  expect(await ask(DomainName, "/a")).toBe(`${ruled} /a`);
});

test("rules are shown in order, changed and deleted", async () => {
  const api = await telling();
  const DomainName = await makeDomain("ROUTING_RULE_ONLY");
  const make = (Priority: number) =>
    v2.send(
      new sdk.CreateRoutingRuleCommand({
        ...{ DomainName, Priority, ...invoke(api) },
        Conditions: [header("a", "*b")],
      }),
    );
  const [late, early] = [await make(100), await make(9)];
  expect(late).toMatchObject({
    Priority: 100,
    Conditions: [header("a", "*b")],
    Actions: invoke(api).Actions,
    RoutingRuleArn: `arn:aws:apigateway:us-east-1:000000000000:/domainnames/${DomainName}/routingrules/${late.RoutingRuleId}`,
  });
  const list = async (more: Partial<sdk.ListRoutingRulesRequest> = {}) =>
    v2.send(new sdk.ListRoutingRulesCommand({ DomainName, ...more }));
  const first = await list({ MaxResults: 1 });
  expect(first.RoutingRules?.map(({ RoutingRuleId }) => RoutingRuleId)).toEqual([early.RoutingRuleId]);
  const { NextToken } = first;
  expect((await list({ ...(NextToken && { NextToken }) })).RoutingRules).toHaveLength(1);
  const { RoutingRuleId } = early;
  await v2.send(
    new sdk.PutRoutingRuleCommand({
      DomainName,
      RoutingRuleId,
      Priority: 200,
      Conditions: [],
      ...invoke(api),
    }),
  );
  expect((await list()).RoutingRules?.map(({ Priority }) => Priority)).toEqual([100, 200]);
  await v2.send(new sdk.DeleteRoutingRuleCommand({ DomainName, RoutingRuleId }));
  const gone = await refusal(v2.send(new sdk.GetRoutingRuleCommand({ DomainName, RoutingRuleId })));
  expect([gone.name, gone.status]).toEqual(["NotFoundException", 404]);
});

test("rules are refused as AWS does", async () => {
  const api = await telling();
  const DomainName = await makeDomain("ROUTING_RULE_ONLY");
  const make = (more: Partial<sdk.CreateRoutingRuleRequest>) =>
    refusal(
      v2.send(
        new sdk.CreateRoutingRuleCommand({
          DomainName,
          Priority: 1,
          Conditions: [],
          ...invoke(api),
          ...more,
        }),
      ),
    );
  const names = [
    await make({ Priority: 0 }),
    await make({ Priority: 1_000_001 }),
    await make({ Actions: [] }),
    await make({ Conditions: [header("a", "b"), header("c", "d"), header("e", "f")] }),
    await make({ Conditions: [below("a"), below("b")] }),
    await make({ Conditions: [header("Authorization", "b")] }),
    await make({ Conditions: [header("a", "b*c")] }),
    await make({ ...invoke(api, true) }),
    await make({ Actions: [{ InvokeApi: { ApiId: api, Stage: "none" } }] }),
  ].map(({ name }) => name);
  expect(names).toEqual(Array(9).fill("BadRequestException"));
  expect((await make({ Actions: [{ InvokeApi: { ApiId: "none", Stage: "prod" } }] })).name).toBe(
    "NotFoundException",
  );
  await v2.send(
    new sdk.CreateRoutingRuleCommand({ DomainName, Priority: 1, Conditions: [], ...invoke(api) }),
  );
  expect((await make({})).name).toBe("ConflictException");
});
