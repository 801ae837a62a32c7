import { ListBucketsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { documentsOf, nuage } from "./cli.ts";
import { type Cloud, startCloud, templateOf, type UserProject, userProject } from "./projects.fixture.ts";

let cloud: Cloud;
let shop: UserProject;

const code = (text: string) => `exports.handler = async () => ${JSON.stringify(text)};\n`;

const template = (more: object = {}) => {
  const { Resources } = JSON.parse(templateOf({ Shop: { Code: "./src", Handler: "index.handler" } }, more));
  const Parameters = {
    Stage: { Type: "String", Default: "none" },
    Secret: { Type: "String", NoEcho: true, Default: "x" },
  };
  Resources.Shop.Properties.Environment = { Variables: { STAGE: { Ref: "Stage" } } };
  return JSON.stringify({ Parameters, Resources, Outputs: { Stage: { Value: { Ref: "Stage" } } } });
};

beforeAll(async () => {
  cloud = await startCloud();
  shop = await userProject("shop", {
    "template.json": template(),
    "src/index.js": code("one"),
    "samconfig.toml": `[production.deploy.parameters]\nparameter_overrides = "Stage=live"\n`,
  });
});
afterAll(async () => {
  await shop?.remove();
  await cloud?.end("SIGTERM");
});
afterEach(async () => {
  for (const env of ["dev", "staging", "production"])
    await cloud.run("remove", "shop", "--yes", "--env", env);
});

/** Of the environment's name, on every platform. */
const STAGING = "533650549676";
const PRODUCTION = "875983879657";

const deploy = (...args: string[]) => cloud.run("deploy", shop.folder, "--yes", ...args);

describe("environments", () => {
  it("live side by side, each in an account of its own", async () => {
    await shop.write({ "src/index.js": code("one") });
    await deploy();
    await shop.write({ "src/index.js": code("two") });
    await deploy("--env", "staging");
    expect(await cloud.invoke("shop")).toBe("one");
    expect(await cloud.invoke("shop", {}, STAGING)).toBe("two");
    const { out } = await cloud.run("list");
    expect(out).toMatch(/shop +dev +000000000000 +create complete/);
    expect(out).toMatch(new RegExp(`shop +staging +${STAGING} +create complete`));
    const listed = JSON.parse((await cloud.run("list", "--json", "--env", "staging")).out);
    expect(listed).toMatchObject({ app: "shop", environment: "staging", deployment: { id: 1 } });
    const { err } = await deploy("--env", "no good");
    expect(err).toContain('"no good" is no name of an environment');
  });

  it("get what stands in another, with their own parameters", async () => {
    await shop.write({ "src/index.js": code("tested") });
    await deploy("--env", "staging", "--parameter", "Stage=test");
    await shop.write({ "src/index.js": code("not tested") });
    const args = ["promote", "staging", "production", "--yes"];
    const promoted = await nuage(args, { NUAGE_ENDPOINT: cloud.endpoint }, shop.folder);
    expect(promoted).toMatchObject({ code: 0, out: expect.stringContaining("shop in production") });
    expect(await cloud.invoke("shop", {}, PRODUCTION)).toBe("tested");
    const { out } = await cloud.run("history", "shop", "--env", "production", "--json");
    const from = { environment: "staging", id: 1 };
    expect(JSON.parse(out)).toMatchObject({ id: 1, kind: "promote", from, parameters: { Stage: "live" } });
    await cloud.run("promote", "staging", "production", "shop", "--yes", "--parameter", "Stage=hot");
    await cloud.run("promote", "staging", "production", "shop", "--yes");
    const kept = await cloud.run("history", "shop", "--env", "production", "--json");
    expect(documentsOf(kept.out)).toMatchObject([{ id: 2, parameters: { Stage: "hot" } }, { id: 1 }]);
    expect(kept.out).not.toContain("Secret");
    const none = await cloud.run("promote", "nowhere", "production", "--yes");
    expect(none.err).toContain("nothing has been deployed to nowhere from here.");
  });
});

describe("history", () => {
  it("says who, what and when, and the difference", async () => {
    await shop.write({ "src/index.js": code("one") });
    await deploy("--parameter", "Stage=a");
    await deploy("--parameter", "Stage=b");
    const { out } = await cloud.run("history", "shop");
    expect(out).toMatch(/2 +\d{4}-\d\d-\d\d .* 1 changed .* done\n +1 .* 1 added .* done/);
    const difference = await cloud.run("history", "shop", "--diff", "2");
    expect(difference.out).toContain("Compared with deployment 1:");
    expect(difference.out).toContain("Values of parameters.Stage\n    - a\n    + b\n");
    const { out: json } = await cloud.run("history", "shop", "--diff", "2", "--json");
    expect(documentsOf(json)).toEqual([{ path: "Values of parameters.Stage", before: "a", after: "b" }]);
    expect(documentsOf((await cloud.run("list", "--shared", "--json")).out)).toEqual([
      { app: "shop", environment: "dev", shares: [] },
    ]);
    expect((await cloud.run("history", "shop", "--diff", "9")).err).toContain("shop has no deployment 9");
    expect((await cloud.run("history", "nothing")).err).toContain("has not been deployed to dev");
  });

  it("is gone back in, step by step or to a number, without building", async () => {
    for (const text of ["one", "two", "three"]) {
      await shop.write({ "src/index.js": code(text) });
      await deploy();
    }
    await shop.write({ "src/index.js": "this is no longer JavaScript" });
    await cloud.run("rollback", "shop", "--yes");
    expect(await cloud.invoke("shop")).toBe("two");
    await cloud.run("rollback", "shop", "--yes");
    expect(await cloud.invoke("shop")).toBe("one");
    const none = await cloud.run("rollback", "shop", "--yes");
    expect(none.err).toBe("nuage: shop has no deployment before the one that stands now.\n");
    await cloud.run("rollback", "shop", "--yes", "--to", "3");
    expect(await cloud.invoke("shop")).toBe("three");
    expect((await cloud.run("history", "shop")).out).toMatch(/back to 3: 1 changed.*back to 1.*back to 2/s);
  }, 60_000);
});

describe("nuage remove", () => {
  it("says what goes, empties buckets, and leaves nothing behind", async () => {
    await shop.write({
      "src/index.js": code("one"),
      "template.json": template({
        Photos: { Type: "AWS::S3::Bucket", Properties: { BucketName: "photos" } },
        Kept: { Type: "AWS::S3::Bucket", DeletionPolicy: "Retain", Properties: { BucketName: "kept" } },
      }),
    });
    await deploy("--env", "staging");
    const s3 = new S3Client(cloud.settings(STAGING));
    await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "a.jpg", Body: "photo" }));
    const { out, code: status } = await cloud.run("remove", "shop", "--env", "staging", "--yes");
    expect(status).toBe(0);
    expect(out).toMatch(/- Photos +S3 bucket +with 1 object\n/);
    expect(out).toMatch(/Kept +S3 bucket +stays, as its template has it/);
    expect(out).toMatch(/shop is gone\.\n$/);
    const { Buckets } = await s3.send(new ListBucketsCommand());
    expect(Buckets?.map(({ Name }) => Name)).toEqual(["kept"]);
    s3.destroy();
    expect((await cloud.run("list")).out).toBe("Nothing is deployed. Try: nuage deploy\n");
    const again = await cloud.run("remove", "shop", "--env", "staging", "--yes");
    expect(again).toMatchObject({ code: 1, err: "nuage: there is no application shop in staging.\n" });
    await shop.write({ "template.json": template() });
  });
});
