// What stacks have of pipes, through templates that change.
import { DescribePipeCommand, PipesClient } from "@aws-sdk/client-pipes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stacks, startStacks } from "../cloudformation/stacks.fixture.ts";

let on: Stacks;
beforeAll(async () => {
  on = await startStacks();
});
afterAll(() => on?.nuage.stop());

const seen = (Name: string) => on.nuage.client(PipesClient).send(new DescribePipeCommand({ Name }));

const role = "arn:aws:iam::000000000000:role/pipes";
const pipe = (name: string, more: string) => `
Parameters: { Size: { Type: Number, Default: 5 } }
Resources:
  From: { Type: AWS::SQS::Queue }
  To: { Type: AWS::SQS::Queue }
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties: { Name: ${name}, RoleArn: "${role}", Source: !GetAtt From.Arn, ${more} }`;

test("a pipe with a name changes how it reads, and forgets what its template no longer says", async () => {
  const asks = 'Enrichment: "arn:aws:lambda:us-east-1:000000000000:function:f"';
  const sized = "SourceParameters: { SqsQueueParameters: { BatchSize: !Ref Size } }";
  const first = `${sized}, Description: one, ${asks}`;
  const to = "Target: !GetAtt To.Arn";
  expect((await on.create("named", pipe("named", `${to}, ${first}`))).status).toBe("CREATE_COMPLETE");
  expect(await seen("named")).toMatchObject({
    Description: "one",
    Enrichment: expect.stringContaining(":function:f"),
    SourceParameters: { SqsQueueParameters: { BatchSize: 5 } },
  });
  const filter = 'FilterCriteria: { Filters: [{ Pattern: \'{"body":["x"]}\' }] }';
  const small = `SourceParameters: { SqsQueueParameters: { BatchSize: "2" }, ${filter} }`;
  const next = `${small}, DesiredState: STOPPED`;
  expect((await on.update("named", pipe("named", `${to}, ${next}`))).status).toBe("UPDATE_COMPLETE");
  const changed = await seen("named");
  expect(changed).toMatchObject({
    CurrentState: "STOPPED",
    SourceParameters: {
      FilterCriteria: { Filters: [{ Pattern: '{"body":["x"]}' }] },
      SqsQueueParameters: { BatchSize: 2 },
    },
  });
  expect(changed.Enrichment).toBeUndefined();
  expect(changed.Description ?? "").toBe("");
  expect((await on.update("named", pipe("named", to))).status).toBe("UPDATE_COMPLETE");
  const again = await seen("named");
  expect(again.CurrentState).toBe("RUNNING");
  expect(again.SourceParameters?.FilterCriteria).toBeUndefined();
});

test("a pipe to what the platform does not have fails its stack, with the reason", async () => {
  const target = 'Target: "arn:aws:states:us-east-1:000000000000:stateMachine:m"';
  expect((await on.create("unheard", pipe("unheard", target))).status).toBe("ROLLBACK_COMPLETE");
  expect((await on.reasons("unheard", "Pipe")).join()).toContain(
    "AWS Step Functions cannot be sent to by pipes of this platform.",
  );
  await expect(seen("unheard")).rejects.toMatchObject({ name: "NotFoundException" });
});

test("a pipe that is to begin elsewhere is replaced, and one that is to read more is not", async () => {
  const template = (position: string, size: number) => `
Resources:
  From: { Type: AWS::Kinesis::Stream, Properties: { ShardCount: 1 } }
  To: { Type: AWS::SQS::Queue }
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      RoleArn: "${role}"
      Source: !GetAtt From.Arn
      SourceParameters: { KinesisStreamParameters: { StartingPosition: ${position}, BatchSize: ${size} } }
      Target: !GetAtt To.Arn
Outputs: { Name: { Value: !Ref Pipe } }`;
  const nameAfter = async (change: ReturnType<Stacks["create"]>) => (await change).outputs.Name;
  const first = await nameAfter(on.create("begins", template("TRIM_HORIZON", 5)));
  expect(await nameAfter(on.update("begins", template("TRIM_HORIZON", 10)))).toBe(first);
  const other = await nameAfter(on.update("begins", template("LATEST", 10)));
  expect(other).not.toBe(first);
  expect((await seen(String(other))).SourceParameters?.KinesisStreamParameters).toMatchObject({
    StartingPosition: "LATEST",
    BatchSize: 10,
  });
  await expect(seen(String(first))).rejects.toMatchObject({ name: "NotFoundException" });
});
