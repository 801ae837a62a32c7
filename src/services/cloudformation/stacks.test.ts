// Stacks through the SDK: made, changed, rolled back, deleted; and what their resources do.
import * as sdk from "@aws-sdk/client-cloudformation";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;
let client: sdk.CloudFormationClient;
let sqs: SQSClient;
let count = 0;

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.CloudFormationClient);
  sqs = nuage.client(SQSClient);
});

afterAll(() => nuage?.stop());

const fresh = (name: string) => `${name}${count++}`;

async function create(StackName: string, TemplateBody: string, more: Partial<sdk.CreateStackInput> = {}) {
  await client.send(new sdk.CreateStackCommand({ StackName, TemplateBody, ...more }));
  await nuage.idle();
  return stackOf(StackName);
}

async function update(StackName: string, TemplateBody: string, more: Partial<sdk.UpdateStackInput> = {}) {
  await client.send(new sdk.UpdateStackCommand({ StackName, TemplateBody, ...more }));
  await nuage.idle();
  return stackOf(StackName);
}

async function stackOf(StackName: string) {
  const { Stacks = [] } = await client.send(new sdk.DescribeStacksCommand({ StackName }));
  const [stack] = Stacks;
  const outputs = Object.fromEntries(
    (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  return {
    status: stack?.StackStatus,
    reason: stack?.StackStatusReason,
    outputs,
    id: stack?.StackId ?? "",
    stack,
  };
}

async function physical(StackName: string) {
  const { StackResources = [] } = await client.send(new sdk.DescribeStackResourcesCommand({ StackName }));
  return Object.fromEntries(StackResources.map((each) => [each.LogicalResourceId, each.PhysicalResourceId]));
}

const attributes = async (QueueUrl: string | undefined) =>
  (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }))).Attributes ?? {};

const QUEUE = (properties = "", more = "") => `
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: { VisibilityTimeout: 45${properties} }
${more}
Outputs:
  Url: { Value: !Ref Queue }
  Arn: { Value: !GetAtt Queue.Arn }
`;

describe("the life of a stack", () => {
  test("made, changed in place, by replacement, and deleted", async () => {
    const name = fresh("life");
    const made = await create(name, QUEUE(), { Tags: [{ Key: "team", Value: "a" }] });
    expect(made.status).toBe("CREATE_COMPLETE");
    const url = made.outputs.Url;
    expect(url).toMatch(new RegExp(`/000000000000/${name}-Queue-[A-Z0-9]{12}$`));
    expect(await attributes(url)).toMatchObject({ VisibilityTimeout: "45", QueueArn: made.outputs.Arn });
    const changed = await update(name, QUEUE(", DelaySeconds: 5"));
    expect([changed.status, changed.outputs.Url]).toEqual(["UPDATE_COMPLETE", url]);
    expect(await attributes(url)).toMatchObject({ DelaySeconds: "5" });
    await expect(update(name, QUEUE(", DelaySeconds: 5"))).rejects.toMatchObject({
      name: "ValidationError",
      message: "No updates are to be performed.",
    });
    const replaced = await update(name, QUEUE(`, QueueName: ${name}-other`));
    expect(replaced.outputs.Url).toMatch(/-other$/);
    await expect(attributes(url)).rejects.toMatchObject({ name: "QueueDoesNotExist" });
    await client.send(new sdk.DeleteStackCommand({ StackName: name }));
    await nuage.idle();
    await expect(stackOf(name)).rejects.toMatchObject({ message: `Stack with id ${name} does not exist` });
    expect((await stackOf(made.id)).status).toBe("DELETE_COMPLETE");
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: name }));
    expect(QueueUrls).toEqual([]);
    const { StackEvents = [] } = await client.send(
      new sdk.DescribeStackEventsCommand({ StackName: made.id }),
    );
    const statuses = StackEvents.filter(({ LogicalResourceId }) => LogicalResourceId === name).map(
      ({ ResourceStatus }) => ResourceStatus,
    );
    expect(statuses.reverse()).toEqual([
      "CREATE_IN_PROGRESS",
      "CREATE_COMPLETE",
      ...["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"],
      ...["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"],
      "DELETE_IN_PROGRESS",
      "DELETE_COMPLETE",
    ]);
  });

  const BROKEN = `
  Bad: { Type: AWS::SQS::Queue, DependsOn: Queue, Properties: { VisibilityTimeout: 999999 } }`;

  test("what cannot be made is rolled back", async () => {
    const name = fresh("bad");
    const made = await create(name, QUEUE("", BROKEN));
    expect(made.status).toBe("ROLLBACK_COMPLETE");
    expect(await physical(name)).toEqual({});
    const { StackEvents = [] } = await client.send(new sdk.DescribeStackEventsCommand({ StackName: name }));
    const failure = StackEvents.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED");
    expect(failure).toMatchObject({
      LogicalResourceId: "Bad",
      ResourceStatusReason: expect.stringContaining("VisibilityTimeout"),
    });
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: name }))).QueueUrls ?? []).toEqual([]);
    const kept = fresh("kept");
    expect((await create(kept, QUEUE("", BROKEN), { OnFailure: "DO_NOTHING" })).status).toBe("CREATE_FAILED");
  });

  test("a change that goes wrong is taken back", async () => {
    const name = fresh("back");
    const made = await create(name, QUEUE());
    const failed = await update(name, QUEUE(", DelaySeconds: 9", BROKEN));
    expect([failed.status, failed.outputs]).toEqual(["UPDATE_ROLLBACK_COMPLETE", made.outputs]);
    expect(await attributes(made.outputs.Url)).toMatchObject({ DelaySeconds: "0", VisibilityTimeout: "45" });
    expect(Object.keys(await physical(name))).toEqual(["Queue"]);
    expect((await update(name, QUEUE(", DelaySeconds: 3"))).status).toBe("UPDATE_COMPLETE");
  });

  test("policies keep what is to be kept, protection keeps the stack", async () => {
    const name = fresh("keep");
    const template = QUEUE(
      "",
      `
  Kept: { Type: AWS::SQS::Queue, DeletionPolicy: Retain, Properties: { QueueName: ${name}-kept } }`,
    );
    await create(name, template, { EnableTerminationProtection: true });
    await expect(client.send(new sdk.DeleteStackCommand({ StackName: name }))).rejects.toMatchObject({
      message: expect.stringContaining("TerminationProtection"),
    });
    await client.send(
      new sdk.UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: false }),
    );
    await client.send(new sdk.DeleteStackCommand({ StackName: name }));
    await nuage.idle();
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: name }));
    expect(QueueUrls).toEqual([expect.stringMatching(/-kept$/)]);
  });
});

test.each([
  ["Resources: {A: {Type: AWS::EC2::VPC}}", "Unrecognized resource types: [A (AWS::EC2::VPC)]"],
  ["Resources: {A: {Type: AWS::SQS::Queue, Properties: {Colour: red}}}", "unsupported property Colour"],
  [
    "Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref B}}}",
    "Unresolved resource dependencies [B]",
  ],
  [
    "Resources: {A: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}}",
    "Requires capabilities : [CAPABILITY_IAM]",
  ],
  [
    "Transform: Mine\nResources: {A: {Type: AWS::SQS::Queue}}",
    "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
  ],
])("%s is refused before anything is touched", async (template, message) => {
  const name = fresh("refused");
  await expect(create(name, template)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  await expect(stackOf(name)).rejects.toMatchObject({ name: "ValidationError" });
});

test("an application of several services works", async () => {
  const name = fresh("app");
  const made = await create(
    name,
    `
Parameters: { Size: { Type: Number, Default: 256 } }
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: { Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: "sts:AssumeRole" }
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      MemorySize: !Ref Size
      Role: !GetAtt Role.Arn
      Environment: { Variables: { TABLE: !Ref Table } }
      Code:
        ZipFile: |
          const { DynamoDBClient, PutItemCommand } = require("@aws-sdk/client-dynamodb");
          exports.handler = async (event) => {
            const key = event.Records ? event.Records[0].s3.object.key : "direct";
            const put = new PutItemCommand({ TableName: process.env.TABLE, Item: { id: { S: key } } });
            await new DynamoDBClient({}).send(put);
            return key;
          };
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: s3.amazonaws.com
      SourceArn: arn:aws:s3:::${name}-bucket
  Bucket:
    Type: AWS::S3::Bucket
    DependsOn: Permission
    Properties:
      BucketName: ${name}-bucket
      NotificationConfiguration:
        LambdaConfigurations: [{ Event: "s3:ObjectCreated:*", Function: !GetAtt Function.Arn }]
Outputs:
  Table: { Value: !Ref Table }
  Function: { Value: !Ref Function }
`,
    { Capabilities: ["CAPABILITY_IAM"] },
  );
  expect(made.status).toBe("CREATE_COMPLETE");
  const lambda = nuage.client(LambdaClient);
  const FunctionName = made.outputs.Function ?? "";
  const configuration = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  expect(configuration).toMatchObject({
    MemorySize: 256,
    Role: expect.stringMatching(/^arn:aws:iam::000000000000:role\//),
  });
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: "{}" }));
  expect(Buffer.from(Payload ?? []).toString()).toBe('"direct"');
  await nuage
    .client(S3Client)
    .send(new PutObjectCommand({ Bucket: `${name}-bucket`, Key: "photo.jpg", Body: "x" }));
  await nuage.idle();
  const { Item } = await nuage
    .client(DynamoDBClient)
    .send(new GetItemCommand({ TableName: made.outputs.Table, Key: { id: { S: "photo.jpg" } } }));
  expect(Item).toEqual({ id: { S: "photo.jpg" } });
});

test("exports are imported, and kept while they are", async () => {
  const [one, two] = [fresh("exporting"), fresh("importing")];
  const exporting = (name: string) => `
Resources: { Queue: { Type: AWS::SQS::Queue } }
Outputs: { Arn: { Value: !GetAtt Queue.Arn, Export: { Name: ${name} } } }`;
  const { outputs } = await create(one, exporting("shared-arn"));
  const imported = await create(
    two,
    `
Resources: { Queue: { Type: AWS::SQS::Queue } }
Outputs: { Value: { Value: !ImportValue shared-arn } }`,
  );
  expect(imported.outputs.Value).toBe(outputs.Arn);
  const { Exports } = await client.send(new sdk.ListExportsCommand({}));
  expect(Exports).toMatchObject([{ Name: "shared-arn", Value: outputs.Arn }]);
  const third = await create(fresh("third"), exporting("shared-arn"));
  expect(third.status).toBe("ROLLBACK_COMPLETE");
});

test("change sets say what would change, and are executed", async () => {
  const StackName = fresh("set");
  const ChangeSetName = "first";
  await client.send(
    new sdk.CreateChangeSetCommand({
      StackName,
      ChangeSetName,
      ChangeSetType: "CREATE",
      TemplateBody: QUEUE(),
    }),
  );
  expect((await stackOf(StackName)).status).toBe("REVIEW_IN_PROGRESS");
  const first = await client.send(new sdk.DescribeChangeSetCommand({ StackName, ChangeSetName }));
  expect(first).toMatchObject({
    Status: "CREATE_COMPLETE",
    Changes: [{ ResourceChange: { Action: "Add", LogicalResourceId: "Queue" } }],
  });
  await client.send(new sdk.ExecuteChangeSetCommand({ StackName, ChangeSetName }));
  await nuage.idle();
  expect((await stackOf(StackName)).status).toBe("CREATE_COMPLETE");
  await client.send(
    new sdk.CreateChangeSetCommand({ StackName, ChangeSetName: "same", TemplateBody: QUEUE() }),
  );
  const same = await client.send(new sdk.DescribeChangeSetCommand({ StackName, ChangeSetName: "same" }));
  expect(same).toMatchObject({
    Status: "FAILED",
    StatusReason: expect.stringContaining("didn't contain changes"),
  });
  await client.send(
    new sdk.CreateChangeSetCommand({
      StackName,
      ChangeSetName: "same",
      TemplateBody: QUEUE(", QueueName: named"),
    }),
  );
  const other = await client.send(new sdk.DescribeChangeSetCommand({ StackName, ChangeSetName: "same" }));
  expect(other.Changes).toMatchObject([{ ResourceChange: { Action: "Modify", Replacement: "True" } }]);
  // One that can be executed is not replaced.
  const again = client.send(
    new sdk.CreateChangeSetCommand({ StackName, ChangeSetName: "same", TemplateBody: QUEUE() }),
  );
  await expect(again).rejects.toMatchObject({ name: "AlreadyExistsException" });
});

test("stacks within stacks", async () => {
  const name = fresh("outer");
  const inner = QUEUE().replaceAll("\n", "\n        ");
  const made = await create(
    name,
    `
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateBody: |
        ${inner}
Outputs: { Url: { Value: !GetAtt Inner.Outputs.Url } }`,
  );
  expect([made.status, made.outputs.Url]).toEqual(["CREATE_COMPLETE", expect.stringContaining("-Queue-")]);
  await client.send(new sdk.DeleteStackCommand({ StackName: name }));
  await nuage.idle();
  await expect(attributes(made.outputs.Url)).rejects.toMatchObject({ name: "QueueDoesNotExist" });
});

test("a parameter that is not to be echoed is not", async () => {
  const name = fresh("secret");
  const text = `
Parameters:
  Password: { Type: String, NoEcho: true }
  Size: { Type: Number, Default: 3 }
Resources:
  Queue: { Type: AWS::SQS::Queue }`;
  const Parameters = [{ ParameterKey: "Password", ParameterValue: "hush" }];
  const { stack } = await create(name, text, { Parameters });
  expect(stack?.Parameters).toEqual([
    { ParameterKey: "Password", ParameterValue: "****" },
    { ParameterKey: "Size", ParameterValue: "3" },
  ]);
});

test("a resource whose properties cannot be worked out says why", async () => {
  const name = fresh("attribute");
  const { status } = await create(
    name,
    `
Resources:
  One: { Type: AWS::SQS::Queue }
  Two: { Type: AWS::SQS::Queue, Properties: { QueueName: !Select [9, !Split ["/", !Ref One]] } }`,
  );
  expect(status).toBe("ROLLBACK_COMPLETE");
  const { StackEvents = [] } = await client.send(new sdk.DescribeStackEventsCommand({ StackName: name }));
  const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED");
  expect(failed?.LogicalResourceId).toBe("Two");
  expect(failed?.ResourceStatusReason).toContain("nonexistent value at index 9");
});

test("what others import cannot be changed or taken away, as long as they do", async () => {
  const [one, two] = [fresh("network"), fresh("user")];
  const queue = "Resources: { Queue: { Type: AWS::SQS::Queue } }";
  const exporting = (value: string) =>
    `${queue}\nOutputs: { Id: { Value: "${value}", Export: { Name: ${one}-id } } }`;
  await create(one, exporting("5"));
  const importing = `
Parameters: { Network: { Type: String } }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: { VisibilityTimeout: { "Fn::ImportValue": !Sub "\${Network}-id" } }`;
  await create(two, importing, { Parameters: [{ ParameterKey: "Network", ParameterValue: one }] });
  const remove = () => client.send(new sdk.DeleteStackCommand({ StackName: one }));
  await expect(remove()).rejects.toMatchObject({
    message: `Export ${one}-id cannot be deleted as it is in use by ${two}`,
  });
  const changed = await update(one, exporting("6"));
  expect(changed).toMatchObject({ status: "UPDATE_ROLLBACK_COMPLETE", outputs: { Id: "5" } });
  await update(two, queue);
  expect((await update(one, exporting("6"))).status).toBe("UPDATE_COMPLETE");
  await remove();
  await nuage.idle();
  await expect(stackOf(one)).rejects.toThrow("does not exist");
});
