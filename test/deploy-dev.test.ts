import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type Cloud, startCloud, templateOf, type UserProject, userProject } from "./projects.fixture.ts";

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** `nuage dev`, whose terminal is read as it is written. */
interface Dev {
  /** Resolves once the terminal shows this, after what was waited for before. */
  shows(text: RegExp): Promise<RegExpExecArray>;
  end(): Promise<number | null>;
}

const running: ChildProcess[] = [];

function startDev(args: readonly string[]): Dev {
  const child = spawn(process.execPath, [CLI, "dev", ...args], { env: { ...process.env, NO_COLOR: "1" } });
  running.push(child);
  let unread = "";
  let waiting: (() => void) | undefined;
  const read = (chunk: Buffer) => {
    unread += chunk;
    waiting?.();
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const exited = once(child, "exit");
  return {
    async shows(text) {
      for (;;) {
        const found = text.exec(unread);
        if (found) {
          unread = unread.slice(found.index + found[0].length);
          return found;
        }
        const ended = exited.then(() => "ended");
        const more = new Promise<string>((resolve) => {
          waiting = () => resolve("more");
        });
        if ((await Promise.race([more, ended])) === "ended" && !text.test(unread))
          throw new Error(`nuage dev ended without showing ${text}:\n${unread}`);
      }
    },
    async end() {
      child.kill("SIGINT");
      const [status] = await exited;
      return status;
    },
  };
}

let cloud: Cloud | undefined;
let project: UserProject | undefined;

afterEach(async () => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  await cloud?.end("SIGTERM");
  await project?.remove();
  cloud = project = undefined;
});

const words = (text: string) => `export const words: string = ${JSON.stringify(text)};\n`;
const handler = `import { words } from "./words.js";
interface Event {
  readonly fail?: boolean;
}
export const handler = async ({ fail }: Event): Promise<string> => {
  if (fail) throw new Error("asked to fail");
  console.log("running", words);
  return words;
};
`;

describe("nuage dev", () => {
  it("deploys, swaps what is saved, and shows what runs", async () => {
    cloud = await startCloud();
    const template = templateOf({ Live: { Code: ".", Handler: "src/live.handler" } });
    project = await userProject("living", {
      "template.json": template,
      "src/live.ts": handler,
      "src/words.ts": words("one"),
    });
    const dev = startDev([project.folder, "--endpoint", cloud.endpoint]);
    await dev.shows(/living is deployed: 1 added/);
    await dev.shows(/Watching/);
    expect(await cloud.invoke("live")).toBe("one");
    await dev.shows(/Live +\w{8} .*running one/);
    await dev.shows(/╰ lambda\.Invoke Live +Live · \d spans · .* · ok +nuage trace 1-/);

    await project.write({ "src/words.ts": words("two") });
    await dev.shows(/↻ Live swapped in \d+ ms/);
    expect(await cloud.invoke("live")).toBe("two");

    await project.write({ "src/words.ts": "export const words = ;\n" });
    await dev.shows(/Live cannot be built\.\n .*words\.ts:1:22: Unexpected ";"/);
    expect(await cloud.invoke("live")).toBe("two");
    await project.write({ "src/words.ts": words("three") });
    await dev.shows(/↻ Live swapped/);
    expect(await cloud.invoke("live")).toBe("three");

    await cloud.invoke("live", { fail: true });
    await dev.shows(/Error: asked to fail\n +at handler \(.*src\/live\.ts:6:19\)/);

    const more = { Queue: { Type: "AWS::SQS::Queue" } };
    await project.write({
      "template.json": templateOf({ Live: { Code: ".", Handler: "src/live.handler" } }, more),
    });
    await dev.shows(/\+ Queue +SQS queue +is added/);
    await dev.shows(/Deployment 2\./);
    await project.write({ "src/words.ts": words("four") });
    await dev.shows(/↻ Live swapped/);
    expect(await dev.end()).toBe(0);
    // What was swapped is what the stack has now.
    expect((await cloud.run("deploy", project.folder)).out).toContain("is up to date.");
    expect(await cloud.invoke("live")).toBe("four");
  });

  it("waits for no traffic to move, and misses nothing that is saved before it watches", async () => {
    cloud = await startCloud();
    const template = (timeout: number) => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Live:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: live
      CodeUri: .
      Runtime: nodejs22.x
      Handler: src/live.handler
      Timeout: ${timeout}
      AutoPublishAlias: now
      DeploymentPreference: { Type: Linear10PercentEvery10Minutes }
`;
    project = await userProject("gradual", {
      "template.yaml": template(5),
      "src/live.ts": handler,
      "src/words.ts": words("one"),
    });
    const dev = startDev([project.folder, "--endpoint", cloud.endpoint]);
    await dev.shows(/gradual is deployed/);
    await project.write({ "src/words.ts": words("two") });
    await dev.shows(/↻ Live swapped/);
    await cloud.invoke("live:now", { fail: true });
    await dev.shows(/Error: asked to fail\n +at handler \(.*gradual\/src\/live\.ts:6:19\)/);
    await project.write({ "src/words.ts": words("three"), "template.yaml": template(6) });
    await dev.shows(/gradual is deployed/);
    expect(await cloud.invoke("live:now")).toBe("three");
    expect(await dev.end()).toBe(0);
  });

  it("starts a platform where there is none, and ends it", async () => {
    project = await userProject("alone", {
      "template.json": templateOf({ Live: { Code: ".", Handler: "index.handler" } }),
      "index.js": "exports.handler = async () => 'alone';",
    });
    const dev = startDev([project.folder, "--port", "0", "--ephemeral"]);
    const [, endpoint = ""] = await dev.shows(/Nuage is ready on (http:\/\/\S+)/);
    await dev.shows(/Watching/);
    await project.write({ "index.js": "exports.handler = async () => 'not alone';" });
    await dev.shows(/↻ Live swapped/);
    expect(await dev.end()).toBe(0);
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });
});
