import {
  DeleteResourcePolicyCommand,
  GetEncryptionConfigCommand,
  GetSamplingStatisticSummariesCommand,
  GetSamplingTargetsCommand,
  ListResourcePoliciesCommand,
  PutEncryptionConfigCommand,
  PutResourcePolicyCommand,
  XRayClient,
} from "@aws-sdk/client-xray";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let xray: XRayClient;
beforeAll(async () => {
  nuage = await startNuage();
  xray = nuage.client(XRayClient);
});
afterAll(() => nuage.stop());

test("the key that traces are encrypted with", async () => {
  const config = async () => (await xray.send(new GetEncryptionConfigCommand({}))).EncryptionConfig;
  expect(await config()).toEqual({ Status: "ACTIVE", Type: "NONE" });
  await expect(xray.send(new PutEncryptionConfigCommand({ Type: "KMS" }))).rejects.toMatchObject({
    name: "InvalidRequestException",
  });
  await xray.send(new PutEncryptionConfigCommand({ Type: "KMS", KeyId: "alias/aws/xray" }));
  expect(await config()).toEqual({ KeyId: "alias/aws/xray", Status: "ACTIVE", Type: "KMS" });
  await xray.send(new PutEncryptionConfigCommand({ Type: "NONE" }));
  expect(await config()).toEqual({ Status: "ACTIVE", Type: "NONE" });
});

test("resource policies, with their revisions", async () => {
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  const put = (PolicyRevisionId?: string, document = PolicyDocument) =>
    xray.send(
      new PutResourcePolicyCommand({ PolicyName: "topics", PolicyDocument: document, PolicyRevisionId }),
    );
  expect((await put("0")).ResourcePolicy).toMatchObject({ PolicyName: "topics", PolicyRevisionId: "1" });
  await expect(put("0")).rejects.toMatchObject({ name: "InvalidPolicyRevisionIdException" });
  await expect(put(undefined, "{")).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
  await put("1");
  const { ResourcePolicies = [] } = await xray.send(new ListResourcePoliciesCommand({}));
  expect(ResourcePolicies).toMatchObject([{ PolicyName: "topics", PolicyRevisionId: "2", PolicyDocument }]);
  await xray.send(new DeleteResourcePolicyCommand({ PolicyName: "topics" }));
  expect((await xray.send(new ListResourcePoliciesCommand({}))).ResourcePolicies).toEqual([]);
});

test("what clients have sampled is told by rules and minutes, for an hour", async () => {
  await nuage.advance(60_000 - (nuage.clock.now() % 60_000));
  const told = (RuleName: string, RequestCount: number, SampledCount: number) => ({
    RuleName,
    ClientID: "0123456789abcdef01234567",
    Timestamp: new Date(nuage.clock.now()),
    RequestCount,
    SampledCount,
    BorrowCount: 1,
  });
  const report = (...SamplingStatisticsDocuments: ReturnType<typeof told>[]) =>
    xray.send(new GetSamplingTargetsCommand({ SamplingStatisticsDocuments }));
  const summaries = async () => {
    const { SamplingStatisticSummaries = [] } = await xray.send(new GetSamplingStatisticSummariesCommand({}));
    return SamplingStatisticSummaries;
  };
  const counts = async () =>
    (await summaries()).map(({ RequestCount, SampledCount, BorrowCount }) => [
      RequestCount,
      SampledCount,
      BorrowCount,
    ]);
  const targets = await report(told("Default", 20, 2), told("Unknown", 5, 5));
  expect(targets.SamplingTargetDocuments).toMatchObject([{ RuleName: "Default", FixedRate: 0.05 }]);
  expect(targets.UnprocessedStatistics).toMatchObject([{ RuleName: "Unknown" }]);
  await report(told("Default", 10, 1));
  expect(await summaries()).toMatchObject([{ RuleName: "Default", RequestCount: 30, SampledCount: 3 }]);
  expect((await summaries())[0]?.Timestamp?.getTime()).toSatisfy((ms: number) => ms % 60_000 === 0);
  await nuage.advance("2 minutes");
  await report(told("Default", 7, 0));
  expect(await counts()).toEqual([
    [30, 3, 2],
    [7, 0, 1],
  ]);
  await nuage.advance("59 minutes");
  expect(await counts()).toEqual([[7, 0, 1]]);
  await expect(report({ ...told("Default", 1, 1), ClientID: "short" })).rejects.toMatchObject({
    name: "InvalidRequestException",
  });
});
