import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { unzipSync, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nuage } from "./cli.ts";
import {
  type Cloud,
  has,
  startCloud,
  templateOf,
  type UserProject,
  userProject,
} from "./projects.fixture.ts";

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

/** Deploys it, and answers the files of a function's code. */
async function deployed(folder: string, name: string): Promise<Record<string, Uint8Array>> {
  const { code, out, err } = await cloud.run("deploy", folder, "--yes");
  expect({ code, err }, out).toMatchObject({ code: 0 });
  const lambda = new LambdaClient(cloud.settings());
  const { Code } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  lambda.destroy();
  const answer = await fetch(Code?.Location ?? "");
  return unzipSync(new Uint8Array(await answer.arrayBuffer()));
}

/** The only artefact of a stack, whether or not the platform can run what it is of. */
async function packaged(folder: string, app: string): Promise<Record<string, Uint8Array>> {
  await cloud.run("deploy", folder, "--yes");
  const { artefacts } = JSON.parse((await cloud.run("history", app, "--json")).out);
  const s3 = new S3Client(cloud.settings());
  const bucket = "nuage-artifacts-000000000000-us-east-1";
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: artefacts[0].key }));
  const bytes = await Body?.transformToByteArray();
  s3.destroy();
  return unzipSync(bytes ?? new Uint8Array());
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

describe("Node", () => {
  it("leaves JavaScript that needs no packages as it lies there, with its other files", async () => {
    const { folder } = await project("plain", {
      "template.json": templateOf({ Plain: { Code: "./src", Handler: "app.handler" } }),
      "src/app.js": `const { readFileSync } = require("node:fs");
exports.handler = async () => readFileSync(__dirname + "/words.txt", "utf8");`,
      "src/words.txt": "from a file",
      "src/package.json": `{ "devDependencies": { "big": "1.0.0" } }`,
      "src/node_modules/big/index.js": "",
    });
    const files = await deployed(folder, "plain");
    expect(Object.keys(files).sort()).toEqual(["app.js", "package.json", "words.txt"]);
    expect(await cloud.invoke("plain")).toBe("from a file");
  });

  it("takes along packages that lie beside code without a package.json, and those of a layer", async () => {
    const layer = {
      Type: "AWS::Lambda::LayerVersion",
      Properties: { Content: "./layer", CompatibleRuntimes: ["nodejs22.x"] },
    };
    const function_ = { Code: "./src", Handler: "app.handler", Layers: [{ Ref: "Layer" }] };
    const { folder } = await project("beside", {
      "template.json": templateOf({ Beside: function_ }, { Layer: layer }),
      "src/app.js": 'exports.handler = async () => require("own")() + require("layered")();',
      "src/node_modules/own/index.js": 'module.exports = () => "own ";',
      "layer/nodejs/node_modules/layered/index.js": 'module.exports = () => "layered";',
    });
    await deployed(folder, "beside");
    expect(await cloud.invoke("beside")).toBe("own layered");
  });

  it("refuses more than Lambda takes before it is packed", async () => {
    const { folder } = await project("large", {
      "template.json": templateOf({ Large: { Code: "./src", Handler: "app.handler" } }),
      "src/app.js": "exports.handler = async () => 1;",
      "src/blob.bin": "",
    });
    await truncate(join(folder, "src", "blob.bin"), 262_144_000);
    const { code, err } = await cloud.run("deploy", folder, "--yes");
    expect(code).toBe(1);
    expect(err).toMatch(/Large: .*src has 262144032 bytes, and Lambda takes 262144000 at most\.\n$/);
  });

  it("bundles what needs packages, and takes those with binaries along as they are", async () => {
    const { folder } = await project("bundled", {
      "template.json": templateOf({ Bundled: { Code: ".", Handler: "src/app.handler" } }),
      "package.json": `{ "type": "module", "dependencies": { "pure": "1.0.0", "native": "1.0.0" } }`,
      "src/app.js": `import { pure } from "pure";
import native from "native";
import { S3Client } from "@aws-sdk/client-s3";
export const handler = async () => [pure(), native(), typeof S3Client];`,
      "node_modules/pure/package.json": `{ "name": "pure", "version": "1.0.0", "main": "index.js" }`,
      "node_modules/pure/index.js": `exports.pure = () => require("node:path").join("a", "b");`,
      "node_modules/native/package.json": JSON.stringify({
        name: "native",
        version: "2.0.0",
        gypfile: true,
        dependencies: { inner: "1.0.0" },
      }),
      "node_modules/native/index.js": `module.exports = () => require("inner");`,
      "node_modules/native/binary.node": "not read",
      "node_modules/inner/package.json": `{ "name": "inner", "version": "1.0.0" }`,
      "node_modules/inner/index.js": `module.exports = "inner";`,
    });
    const files = await deployed(folder, "bundled");
    expect(Object.keys(files).sort()).toEqual([
      "node_modules/inner/index.js",
      "node_modules/inner/package.json",
      "node_modules/native/binary.node",
      "node_modules/native/index.js",
      "node_modules/native/package.json",
      "src/app.mjs",
      "src/app.mjs.map",
    ]);
    expect(await cloud.invoke("bundled")).toEqual(["a/b", "inner", "function"]);
  });

  it("honours SAM's properties of the build", async () => {
    const { Resources } = JSON.parse(templateOf({ Built: { Code: ".", Handler: "app.handler" } }));
    Resources.Built.Metadata = {
      BuildMethod: "esbuild",
      BuildProperties: {
        EntryPoints: ["src/app.ts"],
        Minify: true,
        Sourcemap: false,
        Format: "esm",
        OutExtension: [".js=.mjs"],
        External: ["left-out"],
        Define: { __STAGE__: '"live"' },
        Banner: ["js=/* banner */"],
      },
    };
    const { folder } = await project("built", {
      "template.json": JSON.stringify({ Resources }),
      "src/app.ts": `declare const __STAGE__: string;
export const handler = async (): Promise<string> => {
  if (__STAGE__ !== "live") await import("left-out" as string);
  return __STAGE__;
};`,
    });
    const files = await deployed(folder, "built");
    expect(Object.keys(files)).toEqual(["app.mjs"]);
    expect(text(files["app.mjs"])).toMatch(/^\/\* banner \*\/\n/);
    expect(text(files["app.mjs"])).not.toContain("handler = async");
    expect(await cloud.invoke("built")).toBe("live");
  });

  it("lets errors be read in the language they were made in", async () => {
    const { folder } = await project("mapped", {
      "template.json": templateOf({ Mapped: { Code: ".", Handler: "src/app.handler" } }),
      "src/app.ts": `interface Order {
  readonly id: string;
}

export const handler = async ({ id }: Order): Promise<never> => {
  throw new Error(id);
};`,
    });
    await deployed(folder, "mapped");
    const answer = (await cloud.invoke("mapped", { id: "seven" })) as { trace: string[] };
    expect(answer.trace[0]).toBe("Error: seven");
    expect(answer.trace[1]).toMatch(/handler \(.*\/src\/app\.ts:6:9\)$/);
  });

  const reader = `import { text } from "../../packages/text/index.ts";
export const handler = async () => text;
`;

  it("tells which functions share what, and what a change of it changes", async () => {
    const { Resources } = JSON.parse(
      templateOf(
        {
          One: { Code: "./functions/one", Handler: "index.handler", Layers: [{ Ref: "Words" }] },
          Two: { Code: "./functions/two", Handler: "index.handler", Layers: [{ Ref: "Words" }] },
          Three: { Code: "./functions/three", Handler: "index.handler" },
        },
        { Words: { Type: "AWS::Lambda::LayerVersion", Properties: { Content: "./layer" } } },
      ),
    );
    const { folder, write } = await project("sharing", {
      "template.json": JSON.stringify({ Resources }),
      "package.json": `{ "name": "sharing" }`,
      "layer/nodejs/words.js": "module.exports = 'words';",
      "packages/text/package.json": `{ "name": "@acme/text", "main": "index.ts" }`,
      "packages/text/index.ts": "export const text = 'one text';",
      "functions/one/index.ts": reader,
      "functions/two/index.ts": reader,
      "functions/three/index.ts": "export const handler = async () => 'alone';",
    });
    await deployed(folder, "one");
    const { out } = await cloud.run("list", "--shared");
    expect(out).toMatch(/sharing in dev\n.*\n +Words +layer +One, Two\n +@acme\/text +library +One, Two\n\n/);
    expect(out).not.toContain("Three");
    await write({ "packages/text/index.ts": "export const text = 'another text';" });
    const { out: changed } = await cloud.run("diff", folder);
    expect(changed).toContain("2 changed.");
    expect(changed).toMatch(/~ One .*\n +~ Two /);
  });
});

/** A wheel is a zip with some notes: enough of it for pip. */
async function writeWheel(folder: string): Promise<void> {
  const notes = "polite-1.0.dist-info";
  const files = {
    "polite/__init__.py": "def greet(name):\n    return f'good day, {name}'\n",
    [`${notes}/METADATA`]: "Metadata-Version: 2.1\nName: polite\nVersion: 1.0\n",
    [`${notes}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${notes}/RECORD`]: `polite/__init__.py,,\n${notes}/METADATA,,\n${notes}/WHEEL,,\n${notes}/RECORD,,\n`,
  };
  const entries = Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "polite-1.0-py3-none-any.whl"), zipSync(Object.fromEntries(entries)));
}

describe("Python", () => {
  it.skipIf(!has("python3", "-m", "pip", "--version"))(
    "installs no packages anew where only the code changes (needs pip)",
    async () => {
      const { folder, write } = await project("snakes", {
        "template.json": templateOf({
          Snakes: { Code: "./src", Handler: "app.handler", Runtime: "python3.12" },
        }),
        "src/app.py": "import polite\n\ndef handler(event, context):\n    return polite.greet('you')\n",
        "src/requirements.txt": "# from a folder\npolite==1.0\n",
      });
      const wheels = join(folder, "wheels");
      await writeWheel(wheels);
      Object.assign(process.env, { PIP_NO_INDEX: "1", PIP_FIND_LINKS: wheels });
      try {
        expect(Object.keys(await deployed(folder, "snakes"))).toContain("polite/__init__.py");
        await rm(wheels, { recursive: true });
        await write({ "src/app.py": "def handler(event, context):\n    return 'changed'\n" });
        const files = await deployed(folder, "snakes");
        expect(text(files["app.py"])).toContain("changed");
        expect(Object.keys(files)).toContain("polite/__init__.py");
      } finally {
        delete process.env.PIP_NO_INDEX;
        delete process.env.PIP_FIND_LINKS;
      }
    },
  );

  it.skipIf(!has("python3", "-m", "pip", "--version"))("installs requirements once (needs pip)", async () => {
    const { folder, write } = await project("python", {
      "template.json": templateOf({
        Snake: { Runtime: "python3.12", Code: "./src", Handler: "app.handler" },
      }),
      "src/app.py": "import polite\n\ndef handler(event, context):\n    return polite.greet(event['name'])\n",
      "src/requirements.txt": "./wheels/polite-1.0-py3-none-any.whl\n",
    });
    await writeWheel(join(folder, "src", "wheels"));
    await deployed(folder, "snake");
    expect(await cloud.invoke("snake", { name: "you" })).toBe("good day, you");
    expect((await cloud.run("deploy", folder)).out).toContain("is up to date.");
    await write({ "src/requirements.txt": "./wheels/there-is-none-1.0-py3-none-any.whl\n" });
    const { code, err } = await cloud.run("deploy", folder, "--yes");
    expect(code).toBe(1);
    expect(err).toMatch(/python3 -m pip install .* failed in .*\n.*there-is-none/s);
  });
});

describe("compiled languages", () => {
  it.skipIf(!has("go", "version"))(
    "are built by go (needs go)",
    async () => {
      const { folder } = await project("golang", {
        "template.json": templateOf({
          Gopher: {
            Runtime: "provided.al2023",
            Code: "./src",
            Handler: "bootstrap",
            Architectures: ["arm64"],
          },
        }),
        "src/go.mod": "module example.com/gopher\n\ngo 1.20\n",
        "src/main.go": `package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n`,
      });
      const { bootstrap, ...others } = await packaged(folder, "golang");
      expect(others).toEqual({});
      // ELF, and the number of aarch64: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
      expect([...(bootstrap ?? new Uint8Array()).subarray(0, 4), bootstrap?.[18]]).toEqual([
        0x7f, 0x45, 0x4c, 0x46, 0xb7,
      ]);
    },
    120_000,
  );

  it.skipIf(!has("cargo", "--version"))(
    "are built by cargo (needs cargo)",
    async () => {
      const { folder } = await project("rust", {
        "template.json": templateOf({
          Crab: { Runtime: "provided.al2023", Code: "./src", Handler: "bootstrap" },
        }),
        "src/Cargo.toml": `[package]\nname = "crab"\nversion = "0.1.0"\nedition = "2021"\n`,
        "src/src/main.rs": `fn main() { println!("hello"); }\n`,
      });
      const { bootstrap, ...others } = await packaged(folder, "rust");
      expect(others).toEqual({});
      expect([...(bootstrap ?? new Uint8Array()).subarray(0, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46]);
    },
    120_000,
  );

  it.skipIf(!has("make", "--version"))("are built by their Makefile (needs make)", async () => {
    const { Resources } = JSON.parse(templateOf({ Made: { Code: "./src", Handler: "index.handler" } }));
    Resources.Made.Metadata = { BuildMethod: "makefile" };
    const { folder } = await project("making", {
      "template.json": JSON.stringify({ Resources }),
      "src/Makefile": "build-Made:\n\tcp handler.js $(ARTIFACTS_DIR)/index.js\n",
      "src/handler.js": "exports.handler = async () => 'made';",
    });
    expect(Object.keys(await deployed(folder, "made"))).toEqual(["index.js"]);
    expect(await cloud.invoke("made")).toBe("made");
  });

  it("say which tool is missing", async () => {
    const { folder } = await project("gradle", {
      "template.json": templateOf({ Coffee: { Runtime: "java21", Code: "./src", Handler: "App::handle" } }),
      "src/build.gradle": "",
    });
    const env = { NUAGE_ENDPOINT: cloud.endpoint, PATH: "/nowhere" };
    const { err } = await nuage(["deploy", folder, "--yes"], env);
    expect(err).toContain("Coffee is built by Gradle, and there is neither gradlew in");
  });
});
