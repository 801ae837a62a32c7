import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import * as sdk from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let client: sdk.SecretsManagerClient;
let stacks: CloudFormationClient;

beforeAll(async () => {
  nuage = await startNuage();
  client = nuage.client(sdk.SecretsManagerClient);
  stacks = nuage.client(CloudFormationClient);
});
afterAll(() => nuage.stop());

async function create(StackName: string, TemplateBody: string) {
  await stacks.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: ["CAPABILITY_NAMED_IAM"] }),
  );
  return look(StackName);
}

async function look(StackName: string) {
  await nuage.idle();
  const { Stacks: [stack] = [] } = await stacks.send(new DescribeStacksCommand({ StackName }));
  const outputs = stack?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]) ?? [];
  return { status: stack?.StackStatus, outputs: Object.fromEntries(outputs) };
}

const readValue = async (SecretId: string) =>
  (await client.send(new sdk.GetSecretValueCommand({ SecretId }))).SecretString ?? "";

test("a secret of a stack has a password made for it, and keeps it", async () => {
  const template = (description: string) => `
Resources:
  Login:
    Type: AWS::SecretsManager::Secret
    Properties:
      Description: ${description}
      ReplicaRegions: [{ Region: eu-west-1 }]
      GenerateSecretString:
        SecretStringTemplate: '{"user":"ada"}'
        GenerateStringKey: password
        PasswordLength: 20
        ExcludePunctuation: true
  Policy:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: !Ref Login
      ResourcePolicy:
        Statement:
          - { Effect: Deny, Principal: "*", Action: "secretsmanager:DeleteSecret", Resource: "*" }
Outputs: { Arn: { Value: !Ref Login } }`;
  const made = await create("login", template("one"));
  expect(made.status).toBe("CREATE_COMPLETE");
  expect(made.outputs.Arn).toMatch(/:secret:Login-[A-Za-z0-9]{12}-[A-Za-z0-9]{6}$/);
  const value = await readValue(made.outputs.Arn);
  const password = expect.stringMatching(/^[a-zA-Z0-9]{20}$/);
  expect(JSON.parse(value)).toEqual({ user: "ada", password });
  const { ResourcePolicy } = await client.send(
    new sdk.GetResourcePolicyCommand({ SecretId: made.outputs.Arn }),
  );
  expect(ResourcePolicy).toContain("secretsmanager:DeleteSecret");

  await stacks.send(new UpdateStackCommand({ StackName: "login", TemplateBody: template("two") }));
  expect((await look("login")).status).toBe("UPDATE_COMPLETE");
  const found = await client.send(new sdk.DescribeSecretCommand({ SecretId: made.outputs.Arn }));
  expect(found).toMatchObject({ Description: "two", ReplicationStatus: [{ Region: "eu-west-1" }] });
  expect(await readValue(made.outputs.Arn)).toBe(value);

  await stacks.send(new DeleteStackCommand({ StackName: "login" }));
  await nuage.idle();
  await expect(readValue(made.outputs.Arn)).rejects.toThrow("can't find the specified secret.");
});

test("a stack has a secret rotated by a function of its own", async () => {
  const made = await create(
    "rotated",
    `
Resources:
  Secret: { Type: AWS::SecretsManager::Secret, Properties: { Name: turned, SecretString: fixed } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - { Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: "sts:AssumeRole" }
  Rotate:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: { ZipFile: "exports.handler = async () => {};" }
  May:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Rotate
      Action: lambda:InvokeFunction
      Principal: secretsmanager.amazonaws.com
  Schedule:
    Type: AWS::SecretsManager::RotationSchedule
    DependsOn: May
    Properties:
      SecretId: !Ref Secret
      RotationLambdaARN: !GetAtt Rotate.Arn
      RotateImmediatelyOnUpdate: false
      RotationRules: { ScheduleExpression: "rate(10 days)" }
Outputs: { Arn: { Value: !GetAtt Rotate.Arn } }`,
  );
  expect(made.status).toBe("CREATE_COMPLETE");
  expect(await client.send(new sdk.DescribeSecretCommand({ SecretId: "turned" }))).toMatchObject({
    RotationEnabled: true,
    RotationLambdaARN: made.outputs.Arn,
    RotationRules: { ScheduleExpression: "rate(10 days)" },
  });
});

test.each([
  ["RotationSchedule", "HostedRotationLambda: { RotationType: MySQLSingleUser }", "HostedRotationLambda"],
  [
    "SecretTargetAttachment",
    "TargetId: x, TargetType: 'AWS::RDS::DBInstance'",
    "AWS::SecretsManager::SecretTargetAttachment",
  ],
])("%s for databases is refused by name before anything is touched", async (type, properties, name) => {
  const refused = create(
    type,
    `
Resources:
  Secret: { Type: AWS::SecretsManager::Secret, Properties: { SecretString: x } }
  Other: { Type: "AWS::SecretsManager::${type}", Properties: { SecretId: !Ref Secret, ${properties} } }`,
  );
  await expect(refused).rejects.toThrow(name);
  await expect(stacks.send(new DescribeStacksCommand({ StackName: type }))).rejects.toThrow("does not exist");
});
