import {
  ApplicationAutoScalingClient,
  GetPredictiveScalingForecastCommand,
  ListTagsForResourceCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Nuage, startNuage } from "nuage/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let nuage: Nuage;
let scaling: ApplicationAutoScalingClient;
beforeAll(async () => {
  nuage = await startNuage();
  scaling = nuage.client(ApplicationAutoScalingClient);
});
afterAll(() => nuage.stop());

const target = {
  ServiceNamespace: "dynamodb",
  ResourceId: "table/orders",
  ScalableDimension: "dynamodb:table:WriteCapacityUnits",
} as const;
let ResourceARN = "";
const register = (more: Partial<RegisterScalableTargetCommandInput> = {}) =>
  scaling.send(new RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 9, ...more }));
const list = async () => (await scaling.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags;

beforeEach(async () => {
  await nuage.reset();
  await nuage.client(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: "orders",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    }),
  );
  ResourceARN = (await register({ Tags: { team: "a" } })).ScalableTargetARN ?? "";
});

test("a target has the tags it was registered with, gets more and loses them", async () => {
  expect(await list()).toEqual({ team: "a" });
  await scaling.send(new TagResourceCommand({ ResourceARN, Tags: { team: "b", cost: "" } }));
  await register({ MaxCapacity: 20 });
  expect(await list()).toEqual({ team: "b", cost: "" });
  await scaling.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["team", "nothing"] }));
  expect(await list()).toEqual({ cost: "" });
});

test("tags are refused that are too many, reserved, or of nothing", async () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`key-${at}`, ""]));
  const tag = (Tags: Record<string, string>) => scaling.send(new TagResourceCommand({ ResourceARN, Tags }));
  await expect(tag(many)).rejects.toMatchObject({ name: "TooManyTagsException", ResourceName: ResourceARN });
  await expect(tag({ "aws:x": "" })).rejects.toMatchObject({ name: "ValidationException" });
  expect(await list()).toEqual({ team: "a" });
  ResourceARN = ResourceARN.replace(/[0-9a-f]{8}$/, "00000000");
  await expect(tag({ a: "b" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    ResourceName: ResourceARN,
  });
  await expect(list()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a table has no predictive policy to have a forecast of", async () => {
  const forecast = () =>
    scaling.send(
      new GetPredictiveScalingForecastCommand({
        ...target,
        PolicyName: "half",
        StartTime: new Date(nuage.clock.now()),
        EndTime: new Date(nuage.clock.now() + 86_400_000),
      }),
    );
  await expect(forecast()).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("No scaling policy found named half"),
  });
  await scaling.send(
    new PutScalingPolicyCommand({
      ...target,
      PolicyName: "half",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: "DynamoDBWriteCapacityUtilization" },
      },
    }),
  );
  await expect(forecast()).rejects.toMatchObject({
    message: "Scaling policy half is not a predictive scaling policy",
  });
});
