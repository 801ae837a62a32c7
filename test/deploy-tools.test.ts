import { writeFile } from "node:fs/promises";
import { zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, startCloud, type UserProject, userProject } from "./projects.fixture.ts";

let cloud: Cloud;
const projects: UserProject[] = [];

beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(async () => {
  for (const project of projects) await project.remove();
  await cloud?.end("SIGTERM");
});

async function project(name: string, files: Record<string, string>): Promise<UserProject> {
  const made = await userProject(name, files);
  projects.push(made);
  return made;
}

const functionOf = (code: object, name: string) => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    FunctionName: name,
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/test",
    Code: code,
  },
});

/** Does what the CLI does: writes files, whose contents it gets as JSON. */
const script = (files: string) => `#!${process.execPath}
const { mkdirSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const args = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
for (const [file, content] of Object.entries(${files})) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? Buffer.from(content, "latin1") : JSON.stringify(content));
}
`;

describe("a Serverless project", () => {
  const template = {
    Resources: {
      ServerlessDeploymentBucket: { Type: "AWS::S3::Bucket" },
      ServerlessDeploymentBucketPolicy: {
        Type: "AWS::S3::BucketPolicy",
        Properties: { Bucket: { Ref: "ServerlessDeploymentBucket" }, PolicyDocument: {} },
      },
      Hello: functionOf(
        {
          S3Bucket: { Ref: "ServerlessDeploymentBucket" },
          S3Key: "serverless/notes/dev/1700000000000-2023/notes.zip",
        },
        "notes-hello",
      ),
    },
    Outputs: { ServerlessDeploymentBucketName: { Value: { Ref: "ServerlessDeploymentBucket" } } },
  };

  it("is deployed as its own CLI packages it, with the environment as its stage", async () => {
    const { folder } = await project("notes", {
      "serverless.yml": "service: notes\n",
      "index.js": "exports.handler = async () => 'hello';",
      "node_modules/.bin/serverless": script(`{
        ".serverless/cloudformation-template-update-stack.json": ${JSON.stringify(template)},
        ".serverless/serverless-state.json": {
          service: { service: "notes", provider: { stage: option("--stage") } },
        },
        ".serverless/notes.zip": require("node:fs").readFileSync("made.zip", "latin1"),
      }`),
    });
    await writeZip(`${folder}/made.zip`);
    const { code, out, err } = await cloud.run("deploy", folder, "--yes", "--env", "staging");
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toContain("notes-staging in staging");
    expect(out).toContain("1 added.");
    expect(await cloud.invoke("notes-hello", {}, "533650549676")).toBe("hello");
    expect((await cloud.run("deploy", folder, "--env", "staging")).out).toContain("is up to date.");
  });

  it("without its CLI is told what is missing", async () => {
    const { folder } = await project("bare", { "serverless.yml": "service: bare\n" });
    const { code, err } = await cloud.run("deploy", folder, "--yes");
    expect(code).toBe(1);
    expect(err).toMatch(/is a Serverless project without its CLI: npm install --save-dev osls\.\n$/);
  });

  it("shows what its CLI says when that fails", async () => {
    const { folder } = await project("failing", {
      "serverless.yml": "service: failing\n",
      "node_modules/.bin/osls": `#!${process.execPath}
console.error('Cannot resolve "x"');
process.exit(1);
`,
    });
    const { err } = await cloud.run("deploy", folder, "--yes");
    expect(err).toMatch(/osls package --stage dev .* failed in .*failing:\nCannot resolve "x"\n$/);
  });
});

/** `index.js` in a zip, as a packager leaves it. */
async function writeZip(file: string): Promise<void> {
  await writeFile(file, zipSync({ "index.js": Buffer.from("exports.handler = async () => 'hello';") }));
}

describe("a CDK app", () => {
  const bucket = "cdk-hnb659fds-assets-$" + "{AWS::AccountId}-$" + "{AWS::Region}";
  const hash = "35e76ca4463d1477629126238f1a9d914b1778594eff8615e4b18eb9b7cb0162";
  const bootstrap = {
    Parameters: {
      BootstrapVersion: {
        Type: "AWS::SSM::Parameter::Value<String>",
        Default: "/cdk-bootstrap/hnb659fds/version",
      },
    },
    Rules: {
      CheckBootstrapVersion: { Assertions: [{ Assert: { "Fn::Not": [{ "Fn::Equals": ["a", "a"] }] } }] },
    },
  };
  const stackPart = (name: string, dependencies: string[]) => ({
    type: "aws:cloudformation:stack",
    properties: { templateFile: `${name}.template.json` },
    dependencies,
  });
  const assetPart = (name: string) => ({
    type: "cdk:asset-manifest",
    properties: { file: `${name}.assets.json` },
  });
  const files = {
    "manifest.json": {
      artifacts: {
        // The one that needs the other comes first: the order is not the file's.
        Front: stackPart("Front", ["Data", "Front.assets"]),
        "Front.assets": assetPart("Front"),
        Data: stackPart("Data", []),
      },
    },
    "Data.template.json": {
      Resources: { Queue: { Type: "AWS::SQS::Queue" } },
      Outputs: { Url: { Value: { Ref: "Queue" }, Export: { Name: "Data:Url" } } },
      ...bootstrap,
    },
    "Front.template.json": {
      Resources: {
        Fn: functionOf({ S3Bucket: { "Fn::Sub": bucket }, S3Key: `${hash}.zip` }, "front"),
        Topic: { Type: "AWS::SNS::Topic", Properties: { DisplayName: { "Fn::ImportValue": "Data:Url" } } },
      },
      ...bootstrap,
    },
    "Front.assets.json": {
      files: {
        [hash]: {
          source: { path: `asset.${hash}`, packaging: "zip" },
          destinations: { here: { bucketName: bucket, objectKey: `${hash}.zip` } },
        },
      },
      dockerImages: {},
    },
    [`asset.${hash}/index.js`]: "exports.handler = async () => 'from the CDK';",
  };

  it("is deployed stack by stack, in the order in which they need each other", async () => {
    const { folder } = await project("app", {
      "cdk.json": `{ "app": "node app.js" }`,
      "node_modules/.bin/cdk": script(
        `Object.fromEntries(Object.entries(${JSON.stringify(files)})
          .map(([name, content]) => [join(option("--output"), name), content]))`,
      ),
    });
    const { code, out, err } = await cloud.run("deploy", folder, "--yes");
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toMatch(/Data is deployed: 1 added.*Front is deployed: 2 added/s);
    expect(await cloud.invoke("front")).toBe("from the CDK");
    const promoted = await cloud.run("promote", "dev", "staging", "Data", "--yes");
    expect(promoted.code).toBe(0);
    expect((await cloud.run("promote", "dev", "staging", "Front", "--yes")).code).toBe(0);
    expect(await cloud.invoke("front", {}, "533650549676")).toBe("from the CDK");
    const { err: unknown } = await cloud.run("deploy", folder, "--yes", "--stack", "Other");
    expect(unknown).toBe("nuage: the app has no stack Other; it has Front, Data.\n");
  });

  it("without its CLI is told what is missing", async () => {
    const { folder } = await project("naked", { "cdk.json": "{}" });
    const { err } = await cloud.run("deploy", folder, "--yes");
    expect(err).toMatch(
      /is a CDK app, and its CLI is not installed in it: npm install --save-dev aws-cdk\.\n$/,
    );
  });
});
