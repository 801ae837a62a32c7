import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateApiDestinationCommand,
  type CreateApiDestinationCommandInput,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  DeauthorizeConnectionCommand,
  DeleteApiDestinationCommand,
  DeleteConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
  type Target,
  UpdateApiDestinationCommand,
  UpdateConnectionCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ANY_SOURCE, entry, fresh, useEvents } from "./events.fixture.ts";

const on = useEvents();
const ROLE = "arn:aws:iam::000000000000:role/r";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let server: Server;
let origin: string;
let seen: Seen[];
/** What the server answers next: the last one for ever. */
let answers: { status: number; body?: string; headers?: Record<string, string> }[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers, body });
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 200 };
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  seen = [];
  answers = [{ status: 200 }];
});

const BASIC = {
  AuthorizationType: "BASIC",
  AuthParameters: { BasicAuthParameters: { Username: "user", Password: "pass" } },
} as const;

async function connection(input: Partial<CreateConnectionCommandInput> = BASIC) {
  const Name = fresh("connection");
  const { ConnectionArn = "" } = await on.events.send(
    new CreateConnectionCommand({ ...BASIC, Name, ...input } as CreateConnectionCommandInput),
  );
  return { Name, ConnectionArn };
}

async function destination(ConnectionArn: string, more: Partial<CreateApiDestinationCommandInput> = {}) {
  const Name = fresh("destination");
  const { ApiDestinationArn = "" } = await on.events.send(
    new CreateApiDestinationCommand({
      Name,
      ConnectionArn,
      InvocationEndpoint: `${origin}/hook`,
      HttpMethod: "POST",
      ...more,
    }),
  );
  return { Name, ApiDestinationArn };
}

/** A rule that calls a destination, with a dead-letter queue behind it. */
async function calling(ApiDestinationArn: string, more: Partial<Target> = {}) {
  const EventBusName = await on.bus();
  const dead = await on.queue();
  await on.rule(
    { Name: "call", EventBusName, EventPattern: ANY_SOURCE },
    { Id: "d", Arn: ApiDestinationArn, RoleArn: ROLE, DeadLetterConfig: { Arn: dead.arn }, ...more },
  );
  return { EventBusName, dead };
}

const describeConnection = (Name: string) => on.events.send(new DescribeConnectionCommand({ Name }));

describe("an API destination", () => {
  test("is called with the event, as its connection lets it in", async () => {
    const { ConnectionArn } = await connection();
    const { ApiDestinationArn } = await destination(ConnectionArn);
    const { EventBusName, dead } = await calling(ApiDestinationArn);
    const [id] = await on.put(entry({ EventBusName }));
    expect(await on.messages(dead)).toEqual([]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: "POST",
      url: "/hook",
      headers: {
        "user-agent": "Amazon/EventBridge/ApiDestinations",
        "content-type": "application/json; charset=utf-8",
        authorization: `Basic ${Buffer.from("user:pass").toString("base64")}`,
      },
    });
    expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({ id, detail: { order: 1 } });
  });

  test("takes parameters of its target, which may lead into the event, and of its connection", async () => {
    const { ConnectionArn } = await connection({
      AuthorizationType: "API_KEY",
      AuthParameters: {
        ApiKeyAuthParameters: { ApiKeyName: "X-Key", ApiKeyValue: "secret" },
        InvocationHttpParameters: {
          HeaderParameters: [{ Key: "X-Both", Value: "connection" }],
          QueryStringParameters: [{ Key: "both", Value: "connection" }],
          BodyParameters: [{ Key: "added", Value: "yes" }],
        },
      },
    });
    const { ApiDestinationArn } = await destination(ConnectionArn, {
      InvocationEndpoint: `${origin}/users/*/orders/*`,
      HttpMethod: "PUT",
    });
    const { EventBusName } = await calling(ApiDestinationArn, {
      InputTransformer: { InputPathsMap: { o: "$.detail.order" }, InputTemplate: '{"order":<o>}' },
      HttpParameters: {
        PathParameterValues: ["a b", "$.detail.order"],
        HeaderParameters: { "X-Both": "target", "X-Source": "$.source" },
        QueryStringParameters: { both: "target", type: "$.detail-type" },
      },
    });
    await on.put(entry({ EventBusName }));
    await on.nuage.idle();
    expect(seen).toMatchObject([
      {
        method: "PUT",
        url: "/users/a%20b/orders/1?both=connection&type=Order+Placed",
        headers: { "x-key": "secret", "x-both": "connection", "x-source": "shop.orders" },
        body: '{"order":1,"added":"yes"}',
      },
    ]);
  });

  test.each([500, 503, 429, 409])("that answers %i is called again later", async (status) => {
    const { ConnectionArn } = await connection();
    const { ApiDestinationArn } = await destination(ConnectionArn);
    const { EventBusName, dead } = await calling(ApiDestinationArn);
    answers = [{ status }, { status }, { status: 200 }];
    await on.put(entry({ EventBusName }));
    await on.nuage.idle();
    expect(seen).toHaveLength(1);
    await on.nuage.advance(10_000);
    expect(seen).toHaveLength(3);
    expect(await on.messages(dead)).toEqual([]);
  });

  test.each([
    [400, "ERROR_FROM_TARGET"],
    [404, "ERROR_FROM_TARGET"],
    [301, "ERROR_FROM_TARGET"],
  ])("that answers %i is not called again", async (status, code) => {
    const { ConnectionArn } = await connection();
    const { ApiDestinationArn } = await destination(ConnectionArn);
    const { EventBusName, dead } = await calling(ApiDestinationArn);
    answers = [{ status }];
    await on.put(entry({ EventBusName }));
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: code },
      ERROR_MESSAGE: { StringValue: `POST ${origin}/hook was answered with status ${status}.` },
    });
    expect(seen).toHaveLength(1);
  });

  test("that nobody answers for is given up by its retry policy", async () => {
    const { ConnectionArn } = await connection();
    const { ApiDestinationArn } = await destination(ConnectionArn, {
      InvocationEndpoint: "http://127.0.0.1:1/",
    });
    const { EventBusName, dead } = await calling(ApiDestinationArn, {
      RetryPolicy: { MaximumRetryAttempts: 2 },
    });
    await on.put(entry({ EventBusName }));
    expect(await on.messages(dead)).toEqual([]);
    await on.nuage.advance(60_000);
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: "CONNECTION_FAILURE" },
      EXHAUSTED_RETRY_CONDITION: { StringValue: "MaximumRetryAttempts" },
      RETRY_ATTEMPTS: { StringValue: "2" },
    });
  });

  test("is called at its rate", async () => {
    const { ConnectionArn } = await connection();
    const { ApiDestinationArn } = await destination(ConnectionArn, { InvocationRateLimitPerSecond: 1 });
    const { EventBusName } = await calling(ApiDestinationArn);
    await on.put(...Array.from({ length: 10 }, () => entry({ EventBusName })));
    await on.nuage.idle();
    expect(seen.length).toBeLessThanOrEqual(2);
    await on.nuage.advance(4500);
    expect(seen.length).toBeGreaterThanOrEqual(5);
    expect(seen.length).toBeLessThanOrEqual(7);
    await on.nuage.advance(10_000);
    expect(seen).toHaveLength(10);
  });

  test("is described, changed, listed and deleted", async () => {
    const { ConnectionArn } = await connection();
    const { Name, ApiDestinationArn } = await destination(ConnectionArn, { Description: "d" });
    expect(ApiDestinationArn).toMatch(
      new RegExp(`^arn:aws:events:us-east-1:000000000000:api-destination/${Name}/[\\da-f-]{36}$`),
    );
    const describeOne = () => on.events.send(new DescribeApiDestinationCommand({ Name }));
    expect(await describeOne()).toMatchObject({
      Name,
      ApiDestinationArn,
      ApiDestinationState: "ACTIVE",
      ConnectionArn,
      Description: "d",
      InvocationEndpoint: `${origin}/hook`,
      HttpMethod: "POST",
      InvocationRateLimitPerSecond: 300,
    });
    await on.events.send(
      new UpdateApiDestinationCommand({ Name, HttpMethod: "PUT", InvocationRateLimitPerSecond: 5 }),
    );
    expect(await describeOne()).toMatchObject({ HttpMethod: "PUT", InvocationRateLimitPerSecond: 5 });
    const listed = await on.events.send(new ListApiDestinationsCommand({ ConnectionArn }));
    expect(listed.ApiDestinations?.map((one) => one.Name)).toEqual([Name]);
    await on.events.send(new DeleteApiDestinationCommand({ Name }));
    await expect(describeOne()).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Failed to describe the api-destination(s). An api-destination '${Name}' does not exist.`,
    });
  });

  test("that makes no sense is refused", async () => {
    const { ConnectionArn } = await connection();
    const { Name } = await destination(ConnectionArn);
    await expect(destination(ConnectionArn, { Name })).rejects.toThrow(
      `An api-destination '${Name}' already exists.`,
    );
    await expect(destination(ConnectionArn, { InvocationEndpoint: "ftp://a" })).rejects.toThrow(
      "valid HTTPS URL",
    );
    await expect(destination("nonsense", { HttpMethod: "CONNECT" as never })).rejects.toThrow(
      "2 validation errors detected",
    );
    const gone = "arn:aws:events:us-east-1:000000000000:connection/gone/1-1";
    await expect(destination(gone)).rejects.toThrow(
      "Failed to describe the connection(s). Connection 'gone' does not exist.",
    );
  });
});

describe("a connection", () => {
  test("shows no secret", async () => {
    const secret = (Key: string) => ({ Key, Value: "hidden", IsValueSecret: true });
    const open = { Key: "open", Value: "shown", IsValueSecret: false };
    const { Name } = await connection({
      Description: "d",
      AuthParameters: {
        BasicAuthParameters: { Username: "user", Password: "hidden" },
        InvocationHttpParameters: { HeaderParameters: [secret("h"), open], BodyParameters: [secret("b")] },
      },
    });
    const found = await describeConnection(Name);
    expect(found).toMatchObject({
      Name,
      Description: "d",
      ConnectionState: "AUTHORIZED",
      AuthorizationType: "BASIC",
      SecretArn: expect.stringContaining(`:secret:events!connection/${Name}/`),
      AuthParameters: {
        BasicAuthParameters: { Username: "user" },
        InvocationHttpParameters: {
          HeaderParameters: [{ Key: "h", IsValueSecret: true }, open],
          BodyParameters: [{ Key: "b", IsValueSecret: true }],
        },
      },
    });
    expect(JSON.stringify(found)).not.toContain("hidden");
  });

  test("is changed, loses its authorization, is listed and deleted", async () => {
    const { Name, ConnectionArn } = await connection();
    await on.events.send(
      new UpdateConnectionCommand({ Name, AuthParameters: { BasicAuthParameters: { Username: "other" } } }),
    );
    const { ApiDestinationArn } = await destination(ConnectionArn);
    const { EventBusName, dead } = await calling(ApiDestinationArn);
    await on.put(entry({ EventBusName }));
    await on.nuage.idle();
    const basic = `Basic ${Buffer.from("other:pass").toString("base64")}`;
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([basic]);
    const ending = await on.events.send(new DeauthorizeConnectionCommand({ Name }));
    expect(ending.ConnectionState).toBe("DEAUTHORIZING");
    expect((await describeConnection(Name)).ConnectionState).toBe("DEAUTHORIZED");
    await on.put(entry({ EventBusName }));
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes?.ERROR_CODE?.StringValue).toBe("NO_PERMISSIONS");
    const list = new ListConnectionsCommand({ ConnectionState: "DEAUTHORIZED" });
    expect((await on.events.send(list)).Connections?.map((one) => one.Name)).toContain(Name);
    const deleted = await on.events.send(new DeleteConnectionCommand({ Name }));
    expect(deleted.ConnectionState).toBe("DELETING");
    await expect(describeConnection(Name)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Failed to describe the connection(s). Connection '${Name}' does not exist.`,
    });
  });

  test.each<[Partial<CreateConnectionCommandInput>, string]>([
    [{ AuthorizationType: "INVALID" as never }, "enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]"],
    [{ AuthorizationType: "API_KEY" }, "ApiKeyAuthParameters must be specified for API_KEY authorization."],
    [{ Name: "no blanks" }, "regular expression pattern: [\\.\\-_A-Za-z0-9]+"],
    [
      { AuthParameters: { BasicAuthParameters: { Username: `${"a ".repeat(255)}:`, Password: "p" } } },
      "failed to satisfy constraint",
    ],
  ])("with %o is refused", async (input, wording) => {
    const answer = connection(input);
    await expect(answer).rejects.toMatchObject({ name: "ValidationException" });
    await expect(answer).rejects.toThrow(wording);
  });

  test("of the same name is refused", async () => {
    const { Name } = await connection();
    await expect(connection({ Name })).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: `Connection ${Name} already exists.`,
    });
  });

  const oauth = (): Partial<CreateConnectionCommandInput> => ({
    AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
    AuthParameters: {
      OAuthParameters: {
        AuthorizationEndpoint: `${origin}/token`,
        ClientParameters: { ClientID: "id", ClientSecret: "hidden" },
        HttpMethod: "POST",
        OAuthHttpParameters: { BodyParameters: [{ Key: "audience", Value: "a" }] },
      },
    },
  });
  const token = (access_token: string, expires_in = 3600) => ({
    status: 200,
    body: JSON.stringify({ access_token, expires_in }),
  });

  test("of OAuth asks for a token once, and anew when it has ended or is refused", async () => {
    answers = [token("one", 600)];
    const { Name, ConnectionArn } = await connection(oauth());
    await on.nuage.idle();
    expect((await describeConnection(Name)).ConnectionState).toBe("AUTHORIZED");
    expect(seen).toMatchObject([
      {
        method: "POST",
        url: "/token",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "grant_type=client_credentials&client_id=id&client_secret=hidden&audience=a",
      },
    ]);
    const { ApiDestinationArn } = await destination(ConnectionArn);
    const { EventBusName } = await calling(ApiDestinationArn);
    const call = async (...next: typeof answers) => {
      seen = [];
      answers = next;
      await on.put(entry({ EventBusName }));
      await on.nuage.idle();
      return seen.map(({ url, headers }) => `${url} ${headers.authorization ?? ""}`);
    };
    expect(await call({ status: 200 })).toEqual(["/hook Bearer one"]);
    await on.nuage.advance(600_000);
    expect(await call(token("two"), { status: 200 })).toEqual(["/token ", "/hook Bearer two"]);
    expect(await call({ status: 401 }, token("three"), { status: 200 })).toEqual([
      "/hook Bearer two",
      "/token ",
      "/hook Bearer three",
    ]);
    expect(await call({ status: 200 })).toEqual(["/hook Bearer three"]);
  });

  test.each([{ status: 403 }, { status: 200, body: "no JSON" }])(
    "of OAuth that is answered %o is not let in",
    async (answer) => {
      answers = [answer];
      const { Name, ConnectionArn } = await connection(oauth());
      await on.nuage.idle();
      expect(await describeConnection(Name)).toMatchObject({
        ConnectionState: "DEAUTHORIZED",
        StateReason: `The authorization endpoint ${origin}/token answered ${answer.status} without a token.`,
      });
      const { Name: destinationName } = await destination(ConnectionArn);
      const found = await on.events.send(new DescribeApiDestinationCommand({ Name: destinationName }));
      expect(found.ApiDestinationState).toBe("INACTIVE");
    },
  );
});
