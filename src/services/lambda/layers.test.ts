import { spawnSync } from "node:child_process";
import {
  AddLayerVersionPermissionCommand,
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  InvokeCommand,
  LambdaClient,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  type PublishLayerVersionCommandInput,
  PublishVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { json, type Lambda, refusal, STORES, startLambda } from "./lambda.fixture.ts";

const zip = (files: Record<string, string>) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));
const layer = (name: string) => `arn:aws:lambda:us-east-1:000000000000:layer:${name}`;

let packed: Uint8Array[] | undefined;
/** Two packages that are more than a function may hold. To pack so much takes seconds: it is done once. */
const tooLarge = () =>
  (packed ??= [200_000_000, 62_144_001].map((bytes) => zip({ zeros: "0".repeat(bytes) })));

describe.each(STORES)("on a %s store", (_kind, options) => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda(options);
  });
  afterAll(() => world.nuage.stop());

  const publish = (
    LayerName: string,
    files: Record<string, string> = { "a.txt": "a" },
    more: Partial<PublishLayerVersionCommandInput> = {},
  ) =>
    world.lambda.send(
      new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: zip(files) }, ...more }),
    );
  const invoke = async (FunctionName: string) =>
    json((await world.lambda.send(new InvokeCommand({ FunctionName }))).Payload);
  const layersOf = (FunctionName: string) =>
    world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName })).then(({ Layers }) => Layers);

  it("numbers versions, shows and lists them, and never uses a number again", async () => {
    const one = await publish(
      "numbered",
      {},
      {
        Content: { ZipFile: zip({ "nodejs/x.js": "" }) },
        Description: "first",
        LicenseInfo: "MIT",
        CompatibleRuntimes: ["nodejs22.x"],
        CompatibleArchitectures: ["arm64"],
      },
    );
    expect(one).toMatchObject({
      LayerArn: layer("numbered"),
      LayerVersionArn: `${layer("numbered")}:1`,
      Version: 1,
      Description: "first",
      LicenseInfo: "MIT",
      CompatibleRuntimes: ["nodejs22.x"],
      CompatibleArchitectures: ["arm64"],
    });
    const { LayerVersionArn } = await publish("numbered");
    const got = await world.lambda.send(
      new GetLayerVersionCommand({ LayerName: "numbered", VersionNumber: 1 }),
    );
    expect(got.Content).toEqual(one.Content);
    const download = await fetch(got.Content?.Location ?? "");
    expect((await download.arrayBuffer()).byteLength).toBe(one.Content?.CodeSize);
    const byArn = await world.lambda.send(new GetLayerVersionByArnCommand({ Arn: LayerVersionArn }));
    expect(byArn).toMatchObject({ Version: 2, LayerVersionArn });
    const first = await world.lambda.send(
      new ListLayerVersionsCommand({ LayerName: "numbered", MaxItems: 1 }),
    );
    expect(first.LayerVersions).toMatchObject([{ Version: 2 }]);
    const second = await world.lambda.send(
      new ListLayerVersionsCommand({ LayerName: layer("numbered"), Marker: first.NextMarker }),
    );
    expect(second.LayerVersions).toMatchObject([{ Version: 1, Description: "first" }]);
    const fitting = await world.lambda.send(new ListLayersCommand({ CompatibleArchitecture: "arm64" }));
    expect(fitting.Layers).toMatchObject([
      { LayerName: "numbered", LayerArn: layer("numbered"), LatestMatchingVersion: { Version: 1 } },
    ]);
    for (const VersionNumber of [1, 2, 2])
      await world.lambda.send(new DeleteLayerVersionCommand({ LayerName: "numbered", VersionNumber }));
    expect((await world.lambda.send(new ListLayersCommand({}))).Layers).toEqual([]);
    expect((await publish("numbered")).Version).toBe(3);
  });

  it("gives Node functions its modules, by name and by /opt, the later layer over the earlier", async () => {
    const below = await publish("below", {
      "nodejs/node_modules/words/index.js": "exports.hello = 'hello';",
      "nodejs/node_modules/both/index.js": "module.exports = 'below';",
      "own.mjs": "export const own = 'own';",
    });
    const above = await publish("above", {
      "nodejs/node_modules/both/index.js": "module.exports = 'above';",
    });
    const code = `
      import { createRequire } from "node:module";
      import { own } from "/opt/own.mjs";
      const require = createRequire(import.meta.url);
      export const handler = async () => [
        own, require("words").hello, require("both"), require("/opt/nodejs/node_modules/words").hello,
        (await import("/opt/own.mjs")).own,
      ];`;
    const Layers = [below.LayerVersionArn ?? "", above.LayerVersionArn ?? ""];
    const made = await world.create("node", code, { Layers });
    expect(made.Layers).toEqual([
      { Arn: below.LayerVersionArn, CodeSize: below.Content?.CodeSize },
      { Arn: above.LayerVersionArn, CodeSize: above.Content?.CodeSize },
    ]);
    expect(await invoke("node")).toEqual(["own", "hello", "above", "hello", "own"]);
    await world.lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: "node", Layers: [...Layers].reverse() }),
    );
    expect(await invoke("node")).toEqual(["own", "hello", "below", "hello", "own"]);
  });

  it("gives modules its packages by import, as Lambda's own builds of Node do", async () => {
    const manifest = { name: "dual", exports: { import: "./module.mjs", require: "./common.cjs" } };
    const { LayerVersionArn = "" } = await publish("imported", {
      "nodejs/node_modules/dual/package.json": JSON.stringify(manifest),
      "nodejs/node_modules/dual/module.mjs": 'export { default } from "@own/inner/deep.js";',
      "nodejs/node_modules/dual/common.cjs": "module.exports = 'common';",
      "nodejs/node_modules/@own/inner/deep.js": "module.exports = 'deep';",
    });
    const code = `
      import dual from "dual";
      const missing = await import("nowhere").catch(({ code }) => code);
      export const handler = async () => [dual, missing];`;
    await world.create("importer", code, { Layers: [LayerVersionArn] });
    expect(await invoke("importer")).toEqual(["deep", "ERR_MODULE_NOT_FOUND"]);
  });

  it("gives Python functions its packages", async (test) => {
    if (spawnSync("python3", ["--version"]).error) return test.skip("needs Python");
    const shared = await publish("python", {
      "python/words.py": "hello = 'hello'",
      "python/lib/python3.12/site-packages/deep.py": "hello = 'deep'",
    });
    await world.create("snake", "", {
      Runtime: "python3.12",
      Layers: [shared.LayerVersionArn ?? ""],
      Code: {
        ZipFile: zip({
          "index.py": "import words, deep\ndef handler(e, c): return [words.hello, deep.hello]",
        }),
      },
    });
    const answer = await invoke("snake");
    expect(answer).toEqual(["hello", "deep"]);
  });

  it("leaves functions what they have of a version that is deleted", async () => {
    const { LayerVersionArn = "" } = await publish("passing", { "text.mjs": "export default 'still here';" });
    const code = 'import text from "/opt/text.mjs"; export const handler = async () => text;';
    await world.create("keeper", code, { Layers: [LayerVersionArn] });
    await world.lambda.send(new PublishVersionCommand({ FunctionName: "keeper" }));
    await world.lambda.send(new DeleteLayerVersionCommand({ LayerName: "passing", VersionNumber: 1 }));
    await world.nuage.advance("1 hour");
    expect(await invoke("keeper")).toBe("still here");
    await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "keeper", Layers: [] }));
    expect(await layersOf("keeper")).toBeUndefined();
    await world.nuage.advance("1 hour");
    expect(await invoke("keeper:1")).toBe("still here");
    expect(await invoke("keeper")).toMatchObject({ errorType: "Runtime.ImportModuleError" });
  });

  it("refuses layers that are not there, of elsewhere, too many, twice or too large", async () => {
    const refused = (...Layers: string[]) => refusal(world.create("refused", undefined, { Layers }));
    expect(await refused(`${layer("none")}:1`)).toMatchObject({
      name: "InvalidParameterValueException",
      message: `Layer version ${layer("none")}:1 does not exist.`,
    });
    expect(await refused(layer("none"))).toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("at 'layers' failed to satisfy constraint"),
    });
    expect((await refused(`${layer("a").replace("us-east-1", "eu-west-1")}:1`)).message).toBe(
      "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
    );
    expect((await refused(`${layer("a")}:1`, `${layer("a")}:2`)).message).toBe(
      "Two different versions of the same layer are not allowed to be referenced in the same function. " +
        `${layer("a")}:1 and ${layer("a")}:2 are versions of the same layer.`,
    );
    const six = Array.from({ length: 6 }, (_, at) => `${layer(`l${at}`)}:1`);
    expect((await refused(...six)).message).toBe("Cannot reference more than 5 layers.");
    const [large, larger] = tooLarge();
    const one = await publish("large", {}, { Content: { ZipFile: large } });
    const two = await publish("larger", {}, { Content: { ZipFile: larger } });
    expect((await refused(one.LayerVersionArn ?? "", two.LayerVersionArn ?? "")).message).toMatch(
      /^Function code combined with layers exceeds the maximum allowed size of 262144000 bytes\. /,
    );
    expect(await refusal(publish("no name"))).toMatchObject({ name: "ValidationException" });
    const none = new GetLayerVersionCommand({ LayerName: "none", VersionNumber: 1 });
    expect(await refusal(world.lambda.send(none))).toMatchObject({
      name: "ResourceNotFoundException",
      message: "The resource you requested does not exist.",
    });
  });

  it("is another account's only where it is shared", async () => {
    const { LayerVersionArn = "" } = await publish("shared");
    const other = new LambdaClient({
      endpoint: world.nuage.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "111111111111", secretAccessKey: "x" },
    });
    const read = () => other.send(new GetLayerVersionByArnCommand({ Arn: LayerVersionArn }));
    expect(await refusal(read())).toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("is not authorized to perform: lambda:GetLayerVersion"),
    });
    const named = { LayerName: "shared", VersionNumber: 1 };
    const allow = new AddLayerVersionPermissionCommand({
      ...named,
      StatementId: "friends",
      Action: "lambda:GetLayerVersion",
      Principal: "111111111111",
    });
    const { Statement, RevisionId } = await world.lambda.send(allow);
    expect(JSON.parse(Statement ?? "")).toMatchObject({ Sid: "friends", Resource: LayerVersionArn });
    expect(await read()).toMatchObject({ Version: 1 });
    expect(await refusal(world.lambda.send(allow))).toMatchObject({ name: "ResourceConflictException" });
    const policy = await world.lambda.send(new GetLayerVersionPolicyCommand(named));
    expect(policy).toMatchObject({ RevisionId });
    expect(JSON.parse(policy.Policy ?? "").Statement).toHaveLength(1);
    const forbid = { ...named, StatementId: "friends" };
    const late = new RemoveLayerVersionPermissionCommand({ ...forbid, RevisionId: "old" });
    expect(await refusal(world.lambda.send(late))).toMatchObject({ name: "PreconditionFailedException" });
    await world.lambda.send(new RemoveLayerVersionPermissionCommand(forbid));
    expect(await refusal(read())).toMatchObject({ name: "AccessDeniedException" });
    expect(await refusal(world.lambda.send(new GetLayerVersionPolicyCommand(named)))).toMatchObject({
      name: "ResourceNotFoundException",
      message: "No policy is associated with the given resource.",
    });
    other.destroy();
  });
});
