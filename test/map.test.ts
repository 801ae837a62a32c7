// The map of what really called and triggered what, across services.
import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, expect, test } from "vitest";
import { map } from "../src/cli/map.ts";
import type { MapView } from "../src/console/map/map.ts";
import { type Deliveries, startDeliveries } from "./deliveries.fixture.ts";

let world: Deliveries;
beforeAll(async () => {
  world = await startDeliveries();
});
afterAll(() => world.nuage.stop());

const ANSWERS = "export const handler = async () => 'fine';";

/** Calls a function and waits, calls one for later, tells a topic and a bus. */
const SPREADS = (topic: string) => `
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
const lambda = new LambdaClient({}), sns = new SNSClient({}), events = new EventBridgeClient({});
const entry = { Source: "shop", DetailType: "resized", Detail: "{}" };
export const handler = async () => {
  await lambda.send(new InvokeCommand({ FunctionName: "helper" }));
  await lambda.send(new InvokeCommand({ FunctionName: "later", InvocationType: "Event" }));
  await sns.send(new PublishCommand({ TopicArn: "${topic}", Message: "resized" }));
  await events.send(new PutEventsCommand({ Entries: [entry] }));
};`;

async function build(): Promise<void> {
  const { nuage } = world;
  const allow = (FunctionName: string, service: string) =>
    world.lambda.send(
      new AddPermissionCommand({
        ...{ FunctionName, StatementId: service, Action: "lambda:InvokeFunction" },
        Principal: `${service}.amazonaws.com`,
      }),
    );
  const sns = nuage.client(SNSClient);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "news" }));
  for (const name of ["helper", "later", "on-queue", "unused"]) await world.deploy(name, ANSWERS);
  const onNews = await world.deploy("on-news", ANSWERS);
  const onRule = await world.deploy("on-rule", ANSWERS);
  const resize = await world.deploy("resize", SPREADS(TopicArn));
  const queue = await world.queue("news-queue");
  await world.connect("on-queue", queue.arn);
  await allow("on-news", "sns");
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint: onNews }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: queue.arn }));
  const events = nuage.client(EventBridgeClient);
  const EventPattern = JSON.stringify({ source: ["shop"] });
  await events.send(new PutRuleCommand({ Name: "resized", EventPattern }));
  await allow("on-rule", "events");
  await events.send(new PutTargetsCommand({ Rule: "resized", Targets: [{ Id: "1", Arn: onRule }] }));
  const s3 = nuage.client(S3Client);
  await s3.send(new CreateBucketCommand({ Bucket: "photos" }));
  await allow("resize", "s3");
  const configuration = { LambdaFunctionArn: resize, Events: ["s3:ObjectCreated:*" as const] };
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: "photos",
      NotificationConfiguration: { LambdaFunctionConfigurations: [configuration] },
    }),
  );
}

test("from the bucket down to the last function, by who waits and who does not", async () => {
  await build();
  const s3 = world.nuage.client(S3Client);
  await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "a/b.jpg", Body: "a" }));
  await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "c.jpg", Body: "c" }));
  await world.nuage.advance("3 minutes");
  const { out } = await world.run(map);
  const [bucket, ...rows] = out.split("\n");
  expect(bucket).toMatch(/^bucket photos +2 × PutObject · p95 [\d.]+ m?s$/);
  const drawn = rows
    .slice(0, 11)
    .map((row) => row.replace(/[\d.]+ m?s\b/g, "…").replace(/ {2,}(?=\d)/, " | "));
  expect(drawn).toEqual([
    "└╌ function resize | 2 × deliveries · waited p95 … · 2 runs p95 …",
    "   ├─ bus default | 2 × PutEvents · p95 …",
    "   │  └─ rule resized | 2 × events · p95 …",
    "   │     └╌ function on-rule | 2 × deliveries · waited p95 … · 2 runs p95 …",
    "   ├─ function helper | 2 × Invoke · 2 runs p95 …",
    "   ├╌ function later | 2 × Invoke · waited p95 … · 2 runs p95 …",
    "   └─ topic news | 2 × Publish · p95 …",
    "      ├╌ function on-news | 2 × deliveries · waited p95 … · 2 runs p95 …",
    "      └─ queue news-queue | 2 × SendMessage · p95 …",
    "         └╌ function on-queue | 2 × deliveries · waited p95 … · 2 runs p95 …",
    "",
  ]);
  expect(out).toContain("Not run: unused");
  const { edges } = await world.ask<MapView>("/_nuage/map");
  expect(edges).toContainEqual(
    expect.objectContaining({ from: "function resize", to: "function later", kind: "async", count: 2 }),
  );
  expect(await world.ask<MapView>("/_nuage/map?until=1h")).toMatchObject({ edges: [] });
});

test("what a stack makes is not what the application does", async () => {
  const cloudFormation = world.nuage.client(CloudFormationClient);
  const before = await world.ask<MapView>("/_nuage/map");
  const queues = { Resources: { Bills: { Type: "AWS::SQS::Queue" }, Notes: { Type: "AWS::SNS::Topic" } } };
  await cloudFormation.send(
    new CreateStackCommand({ StackName: "shop", TemplateBody: JSON.stringify(queues) }),
  );
  await world.nuage.idle();
  expect((await world.ask<MapView>("/_nuage/map")).nodes).toEqual(before.nodes);
});
