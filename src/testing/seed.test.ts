import {
  CreateAliasCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { startNuage } from "nuage/testing";
import { expect, it } from "vitest";

const zipOf = (answer: number) =>
  zipSync({ "index.mjs": strToU8(`export const handler = async () => ${answer};`) });

/** What a platform decides by itself: ids, and which version of a weighted alias is run. */
async function decisions(seed: number | string | undefined): Promise<unknown> {
  await using nuage = await startNuage(seed === undefined ? {} : { seed });
  const sqs = nuage.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "q" }));
  const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }));
  const lambda = nuage.client(LambdaClient);
  const FunctionName = "f";
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: "arn:aws:iam::000000000000:role/r",
      Code: { ZipFile: zipOf(1) },
    }),
  );
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf(2), Publish: true }));
  const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
  await lambda.send(
    new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1", RoutingConfig }),
  );
  const versions: (string | undefined)[] = [];
  for (let n = 0; n < 12; n++) {
    const { ExecutedVersion } = await lambda.send(new InvokeCommand({ FunctionName, Qualifier: "live" }));
    versions.push(ExecutedVersion);
  }
  return { MessageId, versions };
}

it("makes ids and chance the same for the same seed, and others for another", async () => {
  const [one, same, other, none] = [
    await decisions(7),
    await decisions(7),
    await decisions("8"),
    await decisions(undefined),
  ];
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
  expect(none).not.toEqual(one);
});
