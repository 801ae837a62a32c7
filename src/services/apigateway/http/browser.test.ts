// Pages of another origin that call APIs, in a browser's own words: jsdom asks beforehand, sends cookies and
// hides what it is not allowed to show, as the Fetch standard has it.
import * as v1 from "@aws-sdk/client-api-gateway";
import { JSDOM, VirtualConsole } from "jsdom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Apis, startApis } from "../apigateway.fixture.ts";

let it: Apis;
let uri: string;
beforeAll(async () => {
  it = await startApis();
  uri = await it.makeFunction(
    "page",
    `export const handler = async (event) => ({
      statusCode: 200,
      headers: { "x-own": "seen", "x-hidden": "unseen", "set-cookie": "session=abc; Path=/" },
      body: JSON.stringify({
        method: event.requestContext.http?.method ?? event.httpMethod,
        cookies: event.cookies ?? event.headers?.cookie ?? event.headers?.Cookie ?? null,
        body: event.body ?? null,
      }),
    });`,
  );
});
afterAll(() => it.stop());

const APP = "https://app.example";

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly withCredentials?: boolean;
}

/** A page of an origin; what it asks and is not shown comes to `blocked`. */
function openPage(origin: string) {
  // It tells the console of what it blocks.
  const { window } = new JSDOM("", { url: `${origin}/`, virtualConsole: new VirtualConsole() });
  return {
    ask: (url: string, { method = "GET", headers = {}, body, withCredentials = false }: Asked = {}) =>
      new Promise<"blocked" | { status: number; text: string; header(name: string): string | null }>(
        (resolve) => {
          const call = new window.XMLHttpRequest();
          call.open(method, url);
          call.withCredentials = withCredentials;
          for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
          call.onerror = () => resolve("blocked");
          call.onload = () =>
            resolve({
              status: call.status,
              text: call.responseText,
              header: (name) => call.getResponseHeader(name),
            });
          call.send(body ?? null);
        },
      ),
    close: () => window.close(),
  };
}

const WRITES = {
  method: "PUT",
  headers: { "content-type": "application/json", "x-trace": "1" },
  body: '{"n":1}',
} as const;

describe("an HTTP API with rules for other origins", () => {
  const rules = {
    AllowOrigins: [APP],
    AllowMethods: ["GET", "PUT"],
    AllowHeaders: ["content-type", "x-trace"],
    ExposeHeaders: ["x-own"],
    AllowCredentials: true,
    MaxAge: 0,
  };
  async function address(CorsConfiguration?: typeof rules): Promise<string> {
    const { id } = await it.makeApi({ Target: uri, ...(CorsConfiguration && { CorsConfiguration }) });
    return `${it.nuage.endpoint}/_aws/execute-api/${id}/pets`;
  }

  test("is called with what is asked for beforehand, and with cookies", async () => {
    const url = await address(rules);
    const page = openPage(APP);
    const first = await page.ask(url, { ...WRITES, withCredentials: true });
    if (first === "blocked") return expect(first).toBe("shown");
    expect([first.status, JSON.parse(first.text)]).toEqual([
      200,
      { method: "PUT", cookies: null, body: '{"n":1}' },
    ]);
    expect([first.header("x-own"), first.header("x-hidden")]).toEqual(["seen", null]);
    const second = await page.ask(url, { withCredentials: true });
    expect(second !== "blocked" && JSON.parse(second.text).cookies).toEqual(["session=abc"]);
    const bare = await page.ask(url);
    expect(bare !== "blocked" && JSON.parse(bare.text).cookies).toBeNull();
    page.close();
  });

  test("shows nothing to other pages, nor for other headers", async () => {
    const url = await address(rules);
    const [page, other] = [openPage(APP), openPage("https://other.example")];
    expect(await other.ask(url)).toBe("blocked");
    expect(await other.ask(url, WRITES)).toBe("blocked");
    expect(await page.ask(url, { headers: { "x-unknown": "1" } })).toBe("blocked");
    expect(await page.ask(await address())).toBe("blocked");
    page.close();
    other.close();
  });
});

describe("a REST API that answers for itself", () => {
  const header = (name: string) => `method.response.header.${name}`;
  const ORIGIN = "Access-Control-Allow-Origin";

  /** With a method that answers what browsers ask beforehand, where it is to be. */
  async function address(isOpen: boolean): Promise<string> {
    const client = it.nuage.client(v1.APIGatewayClient);
    const { id: restApiId, rootResourceId: resourceId } = await client.send(
      new v1.CreateRestApiCommand({ name: "pages" }),
    );
    const method = async (httpMethod: string, integration: Partial<v1.PutIntegrationRequest>) => {
      const place = { restApiId, resourceId, httpMethod };
      await client.send(new v1.PutMethodCommand({ ...place, authorizationType: "NONE" }));
      await client.send(new v1.PutIntegrationCommand({ ...place, type: "MOCK", ...integration }));
      return place;
    };
    const mock = { requestTemplates: { "application/json": '{"statusCode": 200}' } };
    const answer = async (place: Awaited<ReturnType<typeof method>>, values: Record<string, string>) => {
      const named = Object.entries(values).map(([name, value]) => [header(name), value] as const);
      const responseParameters = Object.fromEntries(named.map(([name]) => [name, true]));
      await client.send(new v1.PutMethodResponseCommand({ ...place, statusCode: "200", responseParameters }));
      await client.send(
        new v1.PutIntegrationResponseCommand({
          ...place,
          statusCode: "200",
          responseParameters: Object.fromEntries(named),
          responseTemplates: { "application/json": "$context.httpMethod" },
        }),
      );
    };
    await answer(await method("PUT", mock), { [ORIGIN]: `'${APP}'` });
    if (isOpen) {
      await answer(await method("OPTIONS", mock), {
        [ORIGIN]: `'${APP}'`,
        "Access-Control-Allow-Methods": "'OPTIONS,PUT'",
        "Access-Control-Allow-Headers": "'Content-Type,X-Trace'",
      });
    }
    await client.send(new v1.CreateDeploymentCommand({ restApiId, stageName: "prod" }));
    return `${it.nuage.endpoint}/restapis/${restApiId}/prod/_user_request_/`;
  }

  test("is called where its own method says so", async () => {
    const page = openPage(APP);
    const shown = await page.ask(await address(true), WRITES);
    expect(shown !== "blocked" && [shown.status, shown.text]).toEqual([200, "PUT"]);
    expect(await page.ask(await address(false), WRITES)).toBe("blocked");
    page.close();
  });

  test("shows nothing to other pages, nor with cookies where that is not said", async () => {
    const url = await address(true);
    const [page, other] = [openPage(APP), openPage("https://other.example")];
    expect(await other.ask(url, WRITES)).toBe("blocked");
    expect(await page.ask(url, { ...WRITES, withCredentials: true })).toBe("blocked");
    page.close();
    other.close();
  });
});
