import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTrial, type Trial, zipOf } from "./trial.fixture.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await createTrial();
});
afterAll(() => trial.close());

const NODE = { "index.js": "exports.handler = async () => process.env.EXTRA;" };
const PYTHON = { "index.py": "import os\ndef handler(event, context):\n    return os.environ['EXTRA']\n" };
const SCRIPT = `#!/bin/sh\necho "starting $(basename "$1")"\nexec "$@"\n`;

const wrapped = (wrapper: string) => ({ environment: { AWS_LAMBDA_EXEC_WRAPPER: wrapper, EXTRA: "kept" } });

describe("a wrapper script", () => {
  it.each([
    ["Node", NODE, "nodejs20.x", "node"],
    ["Python", PYTHON, "python3.12", "python3"],
  ])("starts %s", async (_, files, runtime, program) => {
    const code = trial.version(zipOf({ ...files, wrap: SCRIPT }), { runtime, ...wrapped("/var/task/wrap") });
    expect((await trial.invoke(code)).value).toBe("kept");
    expect(trial.messages()).toContain(`starting ${program}`);
  });

  it("may come from a layer", async () => {
    const layer = trial.version(zipOf({ "bin/wrap": SCRIPT.replace("starting", "layered") }));
    const version = trial.version(NODE, wrapped("/opt/bin/wrap"));
    expect((await trial.invoke({ ...version, layers: [layer] })).value).toBe("kept");
    expect(trial.messages()).toContain("layered node");
  });

  it("that is not there, or no program, is told in the log", async () => {
    const version = trial.version(NODE, wrapped("/opt/none"));
    const reply = await trial.invoke(version, {}, { requestId: "r-1" });
    expect(reply.value).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: r-1 Error: Runtime exited with error: exit status 127",
    });
    expect(trial.messages()).toContain("/opt/none: does not exist");
    const plain = trial.version({ ...NODE, wrap: "echo" }, wrapped("/var/task/wrap"));
    expect((await trial.invoke(plain)).errorType).toBe("Runtime.ExitError");
    expect(trial.messages().some((message) => message.endsWith("/wrap: is not an executable"))).toBe(true);
  });
});
