import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pairsOf, readSamconfig } from "./samconfig.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-samconfig-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("parameters", () => {
  it.each([
    ["Stage=live", { Stage: "live" }],
    ['Stage=live Name="two words" Empty=', { Stage: "live", Name: "two words", Empty: "" }],
    ["Url=https://a.b/?c=d", { Url: "https://a.b/?c=d" }],
    ['Text="say \\"hello\\""', { Text: 'say "hello"' }],
    [
      "ParameterKey=Stage,ParameterValue=live ParameterKey=Size,ParameterValue=2",
      { Stage: "live", Size: "2" },
    ],
    [["Stage=live", 'Name="a b"'], { Stage: "live", Name: "a b" }],
    [
      { Stage: "live", Size: 2 },
      { Stage: "live", Size: "2" },
    ],
  ])("are read from %j", (given, pairs) => {
    expect(pairsOf(given)).toEqual(pairs);
  });
});

describe("samconfig", () => {
  it("gives an environment its own table over the default one", async () => {
    await writeFile(
      join(folder, "samconfig.toml"),
      `version = 0.1
[default.global.parameters]
stack_name = "notes"
region = "eu-west-1"
[default.build.parameters]
template_file = "app.yaml"
[default.deploy.parameters]
capabilities = "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
parameter_overrides = "Stage=dev Size=1"
tags = 'team="our team"'
[live.deploy.parameters]
stack_name = "notes-live"
parameter_overrides = "Stage=live"
`,
    );
    expect(await readSamconfig(folder, "default")).toEqual({
      stack: "notes",
      region: "eu-west-1",
      template: "app.yaml",
      isOwn: true,
      capabilities: ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
      parameters: { Stage: "dev", Size: "1" },
      tags: { team: "our team" },
    });
    expect(await readSamconfig(folder, "live")).toMatchObject({
      stack: "notes-live",
      region: "eu-west-1",
      isOwn: true,
      parameters: { Stage: "live" },
    });
    expect(await readSamconfig(folder, "other")).toMatchObject({
      isOwn: false,
      parameters: { Stage: "dev" },
    });
  });

  it("may be YAML, may be missing, and is told where it is wrong", async () => {
    expect(await readSamconfig(folder, "default")).toBeUndefined();
    await writeFile(
      join(folder, "samconfig.yaml"),
      "default: { deploy: { parameters: { stack_name: notes } } }",
    );
    expect(await readSamconfig(folder, "default")).toMatchObject({ stack: "notes" });
    await writeFile(join(folder, "samconfig.toml"), "[default\n");
    await expect(readSamconfig(folder, "default")).rejects.toThrow(/samconfig\.toml: .*1/s);
  });
});
