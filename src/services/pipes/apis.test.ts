// APIs as targets and enrichments of pipes, and as targets of rules.
import * as apis from "@aws-sdk/client-apigatewayv2";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import type { TestEvents } from "../events/events.fixture.ts";
import { useOutside } from "../events/outside.fixture.ts";
import { usePipes } from "./pipes.fixture.ts";

const it = usePipes();
const outside = useOutside({
  get events() {
    return it.nuage.client(EventBridgeClient);
  },
} as TestEvents);

/** An API in front of what is outside, which takes signed requests only; gives the ARN of its one method. */
async function signedApi(): Promise<string> {
  const client = it.nuage.client(apis.ApiGatewayV2Client);
  const { ApiId } = await client.send(new apis.CreateApiCommand({ Name: "a", ProtocolType: "HTTP" }));
  const { IntegrationId } = await client.send(
    new apis.CreateIntegrationCommand({
      ApiId,
      IntegrationType: "HTTP_PROXY",
      IntegrationMethod: "POST",
      IntegrationUri: `${outside.origin}/orders/{id}`,
      PayloadFormatVersion: "1.0",
    }),
  );
  await client.send(
    new apis.CreateRouteCommand({
      ApiId,
      RouteKey: "POST /orders/{id}",
      AuthorizationType: "AWS_IAM",
      Target: `integrations/${IntegrationId}`,
    }),
  );
  await client.send(new apis.CreateStageCommand({ ApiId, StageName: "prod", AutoDeploy: true }));
  return `arn:aws:execute-api:us-east-1:000000000000:${ApiId}/prod/POST/orders/*`;
}

const HttpParameters = {
  PathParameterValues: ["$.body.id"],
  HeaderParameters: { "X-Kind": "$.body.kind" },
  QueryStringParameters: { from: "$.eventSource" },
};

test("a pipe asks a method of an API for each event, signed in its role", async () => {
  const source = await it.queue();
  await it.pipe(source.arn, await signedApi(), {
    TargetParameters: { InputTemplate: '{"order":<$.body.id>}', HttpParameters },
  });
  await it.send(source, '{"id":1,"kind":"a"}', '{"id":2,"kind":"b"}');
  await it.nuage.idle();
  const seen = outside.seen.map(({ method, url, body, headers }) => [method, url, body, headers["x-kind"]]);
  expect(seen.sort()).toEqual([
    ["POST", "/orders/1?from=aws%3Asqs", '{"order":1}', "a"],
    ["POST", "/orders/2?from=aws%3Asqs", '{"order":2}', "b"],
  ]);
  expect(await it.bodies(source)).toEqual([]);
});

test("what an API answers as enrichment goes to the target; what it refuses comes again", async () => {
  const [source, target] = [await it.queue({ VisibilityTimeout: "60" }), await it.queue()];
  outside.answers = [{ status: 503 }, { status: 200, body: '[{"n":1},{"n":2}]' }];
  await it.pipe(source.arn, target.arn, {
    Enrichment: await signedApi(),
    EnrichmentParameters: { HttpParameters },
  });
  await it.send(source, '{"id":7,"kind":"c"}');
  await it.nuage.idle();
  expect(outside.seen.map(({ url }) => url)).toEqual(["/orders/7?from=aws%3Asqs"]);
  await it.advance(61_000);
  await it.nuage.idle();
  const bodies = await it.bodies(target);
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{ n: 1 }, { n: 2 }]);
});

test("a rule asks a method of an API, with what the event says", async () => {
  const events = it.nuage.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: "orders", EventPattern: '{"source":["shop"]}' }));
  const Arn = await signedApi();
  await events.send(
    new PutTargetsCommand({
      Rule: "orders",
      Targets: [
        {
          Id: "api",
          Arn,
          RoleArn: "arn:aws:iam::000000000000:role/rules",
          InputPath: "$.detail",
          HttpParameters: {
            PathParameterValues: ["$.detail.id"],
            HeaderParameters: { "X-Kind": "$.detail-type" },
            QueryStringParameters: { fixed: "yes" },
          },
        },
      ],
    }),
  );
  const Entries = [{ Source: "shop", DetailType: "Order", Detail: '{"id":"a b"}' }];
  await events.send(new PutEventsCommand({ Entries }));
  await it.nuage.idle();
  expect(outside.seen.map(({ url, body, headers }) => [url, body, headers["x-kind"]])).toEqual([
    ["/orders/a%20b?fixed=yes", '{"id":"a b"}', "Order"],
  ]);
});
