import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { documentsOf, nuage, startPlatform } from "./cli.ts";
import { type Cloud, startCloud, templateOf, type UserProject, userProject } from "./projects.fixture.ts";

let cloud: Cloud;
const projects: UserProject[] = [];

beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  await cloud?.end("SIGTERM");
});
afterEach(async () => {
  for (const project of projects.splice(0)) await project.remove();
});

async function project(name: string, files: Record<string, string>): Promise<UserProject> {
  const made = await userProject(name, files);
  projects.push(made);
  return made;
}

const greeter = {
  "src/greet.ts": `import { words } from "../lib/words.js";
export const handler = async ({ name }: { name: string }): Promise<string> => words(name);
`,
  "lib/words.ts": "export const words = (name: string) => 'hello '.concat(name);\n",
};

async function artefacts(): Promise<string[]> {
  const s3 = new S3Client(cloud.settings());
  const input = { Bucket: "nuage-artifacts-000000000000-us-east-1", Prefix: "artifacts/" };
  const { Contents } = await s3.send(new ListObjectsV2Command(input));
  s3.destroy();
  return (Contents ?? []).map(({ Key = "" }) => Key);
}

describe("nuage deploy", () => {
  it("builds TypeScript, says what is added, and deploys it", async () => {
    const queue = { Orders: { Type: "AWS::SQS::Queue" } };
    const { folder } = await project("first", {
      ...greeter,
      "template.json": templateOf({ First: { Code: ".", Handler: "src/greet.handler" } }, queue),
    });
    const { code, out } = await cloud.run("deploy", folder, "--yes");
    expect(code).toBe(0);
    expect(out).toMatch(/\+ First +Lambda function +is added/);
    expect(out).toContain("2 added.");
    expect(out).toContain("✔ First Lambda function created");
    expect(out).toMatch(/Orders +http:\/\/localhost:\d+\/000000000000\/first-Orders-\w+ +queue/);
    expect(await cloud.invoke("first", { name: "you" })).toBe("hello you");
  });

  it("uploads and changes nothing where nothing changed, and then only what did", async () => {
    const { folder, write } = await project("second", {
      ...greeter,
      "template.json": templateOf({
        Second: { Code: ".", Handler: "src/greet.handler" },
        Plain: { Code: "./plain", Handler: "index.handler" },
      }),
      "plain/index.js": "exports.handler = async () => 'plain';\n",
    });
    await cloud.run("deploy", folder, "--yes");
    const before = await artefacts();
    const again = await cloud.run("deploy", folder);
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).toContain("second in dev (account 000000000000, us-east-1) is up to date.");
    expect(await artefacts()).toEqual(before);
    await write({ "lib/words.ts": "export const words = (name: string) => 'moin '.concat(name);\n" });
    const changed = await cloud.run("deploy", folder, "--yes");
    expect(changed.out).toMatch(/~ Second +Lambda function +changes its code\n/);
    expect(changed.out).not.toContain("Plain");
    expect(await cloud.invoke("second", { name: "you" })).toBe("moin you");
    expect(await cloud.invoke("plain")).toBe("plain");
  });

  it("asks for a yes where it cannot ask, and leaves nothing behind", async () => {
    const resources = { Topic: { Type: "AWS::SNS::Topic" } };
    const { folder } = await project("third", { "template.json": templateOf({}, resources) });
    const refused = await cloud.run("deploy", folder);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/\+ Topic +SNS topic +is added/);
    expect(refused.err).toBe("nuage: there is no terminal to ask in: say --yes to go ahead.\n");
    expect((await cloud.run("list")).out).not.toContain("third");
  });

  it("warns of what is lost with a replacement and a removal", async () => {
    const table = (key: string) => ({
      Type: "AWS::DynamoDB::Table",
      Properties: {
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
        KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
      },
    });
    const { folder, write } = await project("fourth", {
      "template.json": templateOf({}, { Table: table("a"), Queue: { Type: "AWS::SQS::Queue" } }),
    });
    await cloud.run("deploy", folder, "--yes");
    await write({ "template.json": templateOf({}, { Table: table("b") }) });
    const { out, code } = await cloud.run("diff", folder);
    expect(code).toBe(1);
    expect(out).toMatch(/! Table .* is replaced .*KeySchema.*: WHAT IT HOLDS WILL BE LOST/);
    expect(out).toMatch(/- Queue .* is removed: WHAT IT HOLDS WILL BE LOST/);
    expect(out).toContain("Resources.Queue");
    const json = await cloud.run("diff", folder, "--json");
    expect(json.code).toBe(1);
    const documents = documentsOf(json.out);
    expect(documents.filter(({ kind }) => kind === "change")).toMatchObject([
      { app: "fourth", environment: "dev", action: "replace", logicalId: "Table", losesData: true },
      { app: "fourth", environment: "dev", action: "remove", logicalId: "Queue", losesData: true },
    ]);
    expect(documents).toContainEqual(
      expect.objectContaining({ kind: "difference", path: "Resources.Queue", app: "fourth" }),
    );
  });

  it("tells the root cause first, keeps what was, and can be tried again", async () => {
    const bad = { Type: "AWS::SQS::Queue", Properties: { QueueName: "not a name" } };
    const late = { Type: "AWS::SNS::Topic", DependsOn: "Bad" };
    const { folder, write } = await project("fifth", {
      "template.json": templateOf({}, { Bad: bad, Late: late }),
    });
    const { code, out, err } = await cloud.run("deploy", folder, "--yes");
    expect(code).toBe(1);
    expect(out).toContain("✖ Bad SQS queue failed");
    const [said, cause, after] = err.split("\n");
    expect(said).toBe("fifth was not deployed.");
    expect(cause).toMatch(/^Bad \(AWS::SQS::Queue\): .*alphanumeric/);
    expect(after).toBe("Nothing of fifth is left but its events.");
    await write({ "template.json": templateOf({}, { Late: { Type: "AWS::SNS::Topic" } }) });
    expect((await cloud.run("deploy", folder, "--yes")).code).toBe(0);
    expect((await cloud.run("history", "fifth")).out).toMatch(/2 .*1 added .*done\n +1 .*failed/s);
  });

  it("points at the line of a mistake, in templates and in code", async () => {
    const { folder, write } = await project("sixth", {
      "template.yaml": "Resources:\n  Queue:\n    Type: [\n",
    });
    const broken = await cloud.run("deploy", folder, "--yes");
    expect(broken.code).toBe(1);
    expect(broken.err).toMatch(/template\.yaml: Template format error: .*line 4, column 1/);
    await write({
      "template.yaml": templateOf({ Sixth: { Code: ".", Handler: "index.handler" } }),
      "index.ts": "export const handler = () =>\n  oh no;\n",
    });
    const { code, err } = await cloud.run("deploy", folder, "--yes");
    expect(code).toBe(1);
    expect(err).toMatch(/Sixth cannot be built\.\n .*index\.ts:2:6: /);
    await write({ "template.yaml": templateOf({ Sixth: { Code: "./nowhere", Handler: "index.handler" } }) });
    expect((await cloud.run("deploy", folder, "--yes")).err).toMatch(
      /Sixth: Code names .*nowhere, which is not there/,
    );
    await write({ "template.yaml": templateOf({ Sixth: { Code: ".", Handler: "src/none.handler" } }) });
    expect((await cloud.run("deploy", folder, "--yes")).err).toMatch(
      /Sixth: its handler is src\/none.handler, and .* has no src\/none.ts or .js/,
    );
  });

  it("points at the user's own line also where only the platform sees what is wrong", async () => {
    const template = (more: string) => `Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      # As long as a test takes.
      ${more}
`;
    const { folder, write } = await project("placed", { "template.yaml": template("Visibility: 1") });
    const refusal = async () => (await cloud.run("deploy", folder, "--yes")).err;
    expect(await refusal()).toMatch(
      /template\.yaml: Encountered unsupported property Visibility .* \(line 6, column 7\)\n$/,
    );
    await write({ "template.yaml": template("QueueName: !Gone Queue") });
    expect(await refusal()).toMatch(/template\.yaml: .*Unresolved tag: !Gone \(line 6, column 18\)\n$/);
    await write({ "template.yaml": template("QueueName: !Ref Queue") });
    expect(await refusal()).toMatch(/Circular dependency between resources: \[Queue\] \(line 2, column 3\)/);
  });

  it("refuses what the platform does not have, or leaves it out and lists it", async () => {
    const net = { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } };
    const queue = { Type: "AWS::SQS::Queue", DependsOn: "Net" };
    const { folder, write } = await project("partly", {
      "template.json": templateOf({}, { Net: net, Queue: queue }),
    });
    const { code, err } = await cloud.run("deploy", folder, "--yes");
    expect(code).toBe(1);
    expect(err).toMatch(/Unrecognized resource types: \[Net \(AWS::EC2::VPC\)\] \(line 4, column 7\)/);
    expect(err).toContain("To deploy without them: --allow-unsupported");
    const lenient = await cloud.run("deploy", folder, "--yes", "--allow-unsupported");
    expect(lenient.out).toMatch(/\? Net +EC2 vpc +is left out: this platform does not have it/);
    expect(lenient.out).toContain("1 added, 1 left out.");
    await write({ "template.json": templateOf({}, { Net: net, Queue: { Type: "AWS::SNS::Topic" } }) });
    expect((await cloud.run("deploy", folder, "--yes", "--allow-unsupported")).code).toBe(0);
    // It goes back to what was deployed in part, too.
    const { code: back, out } = await cloud.run("rollback", "partly", "--yes");
    expect({ back, out }).toMatchObject({ back: 0, out: expect.stringContaining("1 left out") });
  });

  it("names the file also where no line of it is wrong, and says how parameters are given", async () => {
    const parameters = { Parameters: { Name: { Type: "String" } } };
    const queue = { Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: { Ref: "Name" } } } };
    const wanting = JSON.stringify({ ...parameters, Resources: queue });
    const { folder, write } = await project("whole", { "template.json": wanting });
    const refusal = async () => (await cloud.run("deploy", folder, "--yes")).err;
    expect(await refusal()).toMatch(
      /template\.json: Parameters: \[Name\] must have values\nGive them with --parameter NAME=VALUE/,
    );
    await write({ "template.json": JSON.stringify(parameters) });
    expect(await refusal()).toMatch(/template\.json: .*At least one Resources member must be defined/);
  });

  it("says which properties have no effect", async () => {
    const VersioningConfiguration = { Status: "Enabled" };
    const bucket = {
      Type: "AWS::S3::Bucket",
      Properties: { VersioningConfiguration, AccessControl: "Private" },
    };
    const { folder } = await project("idle", { "template.json": templateOf({}, { Files: bucket }) });
    const said = "Accepted, without effect:\n    AWS::S3::Bucket: AccessControl, VersioningConfiguration\n";
    expect((await cloud.run("diff", folder)).out).toContain(said);
    expect((await cloud.run("deploy", folder, "--yes")).out).toContain(said);
  });

  it("goes on without whoever pressed Ctrl-C, and knows later how it ended", async () => {
    const wait = {
      Handle: { Type: "AWS::CloudFormation::WaitConditionHandle" },
      Wait: {
        Type: "AWS::CloudFormation::WaitCondition",
        Properties: { Handle: { Ref: "Handle" }, Timeout: "30", Count: 1 },
      },
    };
    const template = templateOf({}, wait).replace(
      /\n}$/,
      ', "Outputs": { "Signal": { "Value": { "Ref": "Handle" } } } }',
    );
    const { folder } = await project("left", { "template.json": template });
    const { code, err } = await cloud.interrupted(/Handle .* created/, "deploy", folder, "--yes");
    expect({ code, err }).toMatchObject({
      code: 130,
      err: expect.stringContaining("nuage history left tells"),
    });
    expect((await cloud.run("history", "left")).out).toMatch(/2 added .* under way/);
    const { err: busy } = await cloud.run("deploy", folder, "--yes");
    expect(busy).toContain("left is being worked on (CREATE_IN_PROGRESS)");
    await cloud.run("remove", "left", "--yes");
  });

  it("says so where the credentials are refused", async () => {
    const { folder } = await project("barred", {
      "template.json": templateOf({}, { Queue: { Type: "AWS::SQS::Queue" } }),
    });
    const strict = await startPlatform(["--ephemeral", "--auth", "verify"]);
    const env = { NUAGE_ENDPOINT: strict.endpoint, AWS_ACCESS_KEY_ID: "AKIANOBODYSKEY000000" };
    const { code, err } = await nuage(["deploy", folder, "--yes"], { ...env, AWS_SECRET_ACCESS_KEY: "none" });
    await strict.end("SIGTERM");
    expect(code).toBe(1);
    expect(err).toContain("nuage: the platform refuses these credentials (403)");
  });

  it("says so where there is no application", async () => {
    const { folder } = await project("seventh", { "readme.txt": "nothing" });
    const { code, err } = await cloud.run("deploy", folder, "--yes");
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining("there is no application in"),
    });
    const { err: usage } = await cloud.run("deploy", "--yes", "--nonsense");
    expect(usage).toContain("Unknown option '--nonsense'");
  });

  it("takes names, parameters and tags from samconfig, those of the environment first", async () => {
    const template = {
      Parameters: { Stage: { Type: "String" }, Size: { Type: "Number", Default: 1 } },
      Resources: { Topic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: { Ref: "Stage" } } } },
      Outputs: { Stage: { Value: { Ref: "Stage" } }, Size: { Value: { Ref: "Size" } } },
    };
    const { folder } = await project("eighth", {
      "app.json": JSON.stringify(template),
      "samconfig.toml": `version = 0.1
[default.deploy.parameters]
stack_name = "settled"
template_file = "app.json"
parameter_overrides = "Stage=\\"for dev\\" Size=2"
[production.deploy.parameters]
parameter_overrides = ["Stage=live"]
`,
    });
    const dev = await cloud.run("deploy", folder, "--yes");
    expect(dev.out).toMatch(/settled is deployed.*Stage +for dev.*Size +2/s);
    const live = await cloud.run("deploy", folder, "--yes", "--env", "production", "--parameter", "Size=3");
    expect(live.out).toMatch(/settled in production.*Stage +live.*Size +3/s);
    const kept = await cloud.run("deploy", folder, "--env", "production");
    expect(kept.out).toMatch(/settled in production .* is up to date..*Size +3/s);
    const unknown = await cloud.run("deploy", folder, "--yes", "--parameter", "Colour=red");
    expect(unknown.err).toBe("nuage: the template has no parameter Colour.\n");
  });
});
