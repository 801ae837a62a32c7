import {
  DeleteApiDestinationCommand,
  DescribeApiDestinationCommand,
  ListApiDestinationsCommand,
  type Target,
  UpdateApiDestinationCommand,
} from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, test } from "vitest";
import { ANY_SOURCE, entry, useEvents } from "./events.fixture.ts";
import { useOutside } from "./outside.fixture.ts";

const on = useEvents();
const outside = useOutside(on);

describe("an API destination", () => {
  test("is called with the event, as its connection lets it in", async () => {
    const { ConnectionArn } = await outside.connection();
    const { ApiDestinationArn } = await outside.destination(ConnectionArn);
    const { EventBusName, dead } = await outside.calling(ApiDestinationArn);
    const [id] = await on.put(entry({ EventBusName }));
    expect(await on.messages(dead)).toEqual([]);
    expect(outside.seen).toHaveLength(1);
    expect(outside.seen[0]).toMatchObject({
      method: "POST",
      url: "/hook",
      headers: {
        "user-agent": "Amazon/EventBridge/ApiDestinations",
        "content-type": "application/json; charset=utf-8",
        authorization: `Basic ${Buffer.from("user:pass").toString("base64")}`,
      },
    });
    expect(JSON.parse(outside.seen[0]?.body ?? "")).toMatchObject({ id, detail: { order: 1 } });
  });

  test("takes parameters of its target, which may lead into the event, and of its connection", async () => {
    const { ConnectionArn } = await outside.connection({
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
    const { ApiDestinationArn } = await outside.destination(ConnectionArn, {
      InvocationEndpoint: `${outside.origin}/users/*/orders/*`,
      HttpMethod: "PUT",
    });
    const { EventBusName } = await outside.calling(ApiDestinationArn, {
      InputTransformer: { InputPathsMap: { o: "$.detail.order" }, InputTemplate: '{"order":<o>}' },
      HttpParameters: {
        PathParameterValues: ["a b", "$.detail.order"],
        HeaderParameters: { "X-Both": "target", "X-Source": "$.source" },
        QueryStringParameters: { both: "target", type: "$.detail-type" },
      },
    });
    await on.put(entry({ EventBusName }));
    await on.nuage.idle();
    expect(outside.seen).toMatchObject([
      {
        method: "PUT",
        url: "/users/a%20b/orders/1?both=connection&type=Order+Placed",
        headers: { "x-key": "secret", "x-both": "connection", "x-source": "shop.orders" },
        body: '{"order":1,"added":"yes"}',
      },
    ]);
  });

  test.each([
    ["a header", { HeaderParameters: { "X-Note": "$.detail.note" } }, "one\ntwo"],
    ["a header", { HeaderParameters: { "X-Note": "$.detail.note" } }, "日本"],
    ["a path", { PathParameterValues: ["$.detail.note"] }, "\ud800"],
  ])("that is given what fits into no %s goes to the dead-letter queue", async (_, HttpParameters, note) => {
    const { ConnectionArn } = await outside.connection();
    const InvocationEndpoint = `${outside.origin}/*`;
    const { ApiDestinationArn } = await outside.destination(ConnectionArn, { InvocationEndpoint });
    const { EventBusName, dead } = await outside.calling(ApiDestinationArn, { HttpParameters });
    await on.put(entry({ EventBusName, Detail: JSON.stringify({ note }) }));
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes).toMatchObject({ ERROR_CODE: { StringValue: "INVALID_PARAMETER" } });
    expect(outside.seen).toEqual([]);
  });

  test("holds up no other target, however many are slow", async () => {
    let release = () => {};
    const after = new Promise<void>((resolve) => {
      release = resolve;
    });
    outside.answers = [{ status: 200, after }];
    const { ConnectionArn } = await outside.connection();
    const [EventBusName, queue] = [await on.bus(), await on.queue()];
    const rule = (Name: string, ...targets: Target[]) =>
      on.rule({ Name, EventBusName, EventPattern: ANY_SOURCE }, ...targets);
    for (let group = 0; group < 14; group++) {
      const slow = Array.from({ length: 5 }, async (_, n) => {
        const { ApiDestinationArn: Arn } = await outside.destination(ConnectionArn);
        return { Id: `${n}`, Arn, RoleArn: "arn:aws:iam::000000000000:role/r" };
      });
      await rule(`a${group}`, ...(await Promise.all(slow)));
    }
    await rule("z", { Id: "q", Arn: queue.arn });
    await on.put(entry({ EventBusName }));
    const poll = new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 3 });
    expect((await on.sqs.send(poll)).Messages).toHaveLength(1);
    release();
    await on.nuage.idle();
    expect(outside.seen).toHaveLength(70);
  });

  test("keeps every digit of what it is sent", async () => {
    const AuthParameters = {
      ApiKeyAuthParameters: { ApiKeyName: "X-Key", ApiKeyValue: "secret" },
      InvocationHttpParameters: { BodyParameters: [{ Key: "added", Value: "yes" }] },
    };
    const { ConnectionArn } = await outside.connection({ AuthorizationType: "API_KEY", AuthParameters });
    const { ApiDestinationArn } = await outside.destination(ConnectionArn);
    const { EventBusName } = await outside.calling(ApiDestinationArn, {
      InputPath: "$.detail",
      HttpParameters: { QueryStringParameters: { id: "$.detail.id" } },
    });
    await on.put(entry({ EventBusName, Detail: '{"id":9007199254740993}' }));
    await on.nuage.idle();
    const [seen] = outside.seen;
    expect(seen?.url).toContain("id=9007199254740993");
    expect(seen?.body).toBe('{"id":9007199254740993,"added":"yes"}');
  });

  test.each([500, 503, 429, 409])("that outside.answers %i is called again later", async (status) => {
    const { ConnectionArn } = await outside.connection();
    const { ApiDestinationArn } = await outside.destination(ConnectionArn);
    const { EventBusName, dead } = await outside.calling(ApiDestinationArn);
    outside.answers = [{ status }, { status }, { status: 200 }];
    await on.put(entry({ EventBusName }));
    await on.nuage.idle();
    expect(outside.seen).toHaveLength(1);
    await on.nuage.advance(10_000);
    expect(outside.seen).toHaveLength(3);
    expect(await on.messages(dead)).toEqual([]);
  });

  test.each([
    [400, "ERROR_FROM_TARGET"],
    [404, "ERROR_FROM_TARGET"],
    [301, "ERROR_FROM_TARGET"],
  ])("that outside.answers %i is not called again", async (status, code) => {
    const { ConnectionArn } = await outside.connection();
    const { ApiDestinationArn } = await outside.destination(ConnectionArn);
    const { EventBusName, dead } = await outside.calling(ApiDestinationArn);
    outside.answers = [{ status }];
    await on.put(entry({ EventBusName }));
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: code },
      ERROR_MESSAGE: { StringValue: `POST ${outside.origin}/hook was answered with status ${status}.` },
    });
    expect(outside.seen).toHaveLength(1);
  });

  test("that nobody outside.answers for is given up by its retry policy", async () => {
    const { ConnectionArn } = await outside.connection();
    const { ApiDestinationArn } = await outside.destination(ConnectionArn, {
      InvocationEndpoint: "http://127.0.0.1:1/",
    });
    const { EventBusName, dead } = await outside.calling(ApiDestinationArn, {
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
    const { ConnectionArn } = await outside.connection();
    const { ApiDestinationArn } = await outside.destination(ConnectionArn, {
      InvocationRateLimitPerSecond: 1,
    });
    const { EventBusName } = await outside.calling(ApiDestinationArn);
    const startMs = on.nuage.clock.now();
    const most = () => 1 + (on.nuage.clock.now() - startMs) / 1000;
    await on.put(...Array.from({ length: 10 }, () => entry({ EventBusName })));
    await on.nuage.idle();
    expect(outside.seen.length).toBeLessThanOrEqual(most());
    await on.nuage.advance(4500);
    expect(outside.seen.length).toBeGreaterThanOrEqual(5);
    expect(outside.seen.length).toBeLessThanOrEqual(most());
    await on.nuage.advance(10_000);
    expect(outside.seen).toHaveLength(10);
  });

  test("is described, changed, listed and deleted", async () => {
    const { ConnectionArn } = await outside.connection();
    const { Name, ApiDestinationArn } = await outside.destination(ConnectionArn, { Description: "d" });
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
      InvocationEndpoint: `${outside.origin}/hook`,
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
    const { ConnectionArn } = await outside.connection();
    const { Name } = await outside.destination(ConnectionArn);
    await expect(outside.destination(ConnectionArn, { Name })).rejects.toThrow(
      `An api-destination '${Name}' already exists.`,
    );
    await expect(outside.destination(ConnectionArn, { InvocationEndpoint: "ftp://a" })).rejects.toThrow(
      "valid HTTPS URL",
    );
    await expect(outside.destination("nonsense", { HttpMethod: "CONNECT" as never })).rejects.toThrow(
      "2 validation errors detected",
    );
    const gone = "arn:aws:events:us-east-1:000000000000:connection/gone/1-1";
    await expect(outside.destination(gone)).rejects.toThrow(
      "Failed to describe the connection(s). Connection 'gone' does not exist.",
    );
  });
});
