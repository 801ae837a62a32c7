import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scaffoldOperation, scaffoldService, scaffoldSource } from "./scaffold.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TSC = join(ROOT, "node_modules/typescript/lib/tsc.js");

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "nuage-scaffold-"));
  for (const name of ["src", "test", "examples", "runtimes", "tsconfig.json", "package.json"])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(copy, path), "utf8");

it("makes a service in one folder and one line", async () => {
  const files = await scaffoldService(copy, { id: "tokens", sdk: "@aws-sdk/client-sts" });
  expect(files).toEqual([
    "src/services/index.ts",
    "src/services/tokens/index.ts",
    "src/services/tokens/records.ts",
    "src/services/tokens/service.ts",
    "src/services/tokens/tokens.test.ts",
  ]);
  const changed = read("src/services/index.ts").split("\n");
  const before = readFileSync(join(ROOT, "src/services/index.ts"), "utf8").split("\n");
  expect(changed.filter((line) => !before.includes(line))).toEqual([
    'import { tokens } from "./tokens/index.ts";',
    "  tokens,",
  ]);
  expect(read("src/services/tokens/index.ts")).toContain('protocols: [\n      "awsQuery"');
});

it("makes an operation in a noun's file that is there, and in one that is not", async () => {
  const request = { service: "sts", operation: "GetDelegatedAccessToken" };
  expect(await scaffoldOperation(copy, { ...request, noun: "identity" })).toEqual([
    "src/services/sts/get-delegated-access-token.test.ts",
    "src/services/sts/identity.ts",
  ]);
  await expect(scaffoldOperation(copy, { ...request, noun: "identity" })).rejects.toThrow("already");
  expect(
    await scaffoldOperation(copy, { service: "ecr", operation: "StartImageScan", noun: "scans" }),
  ).toEqual([
    "src/services/ecr/scans.ts",
    "src/services/ecr/service.ts",
    "src/services/ecr/start-image-scan.test.ts",
  ]);
  expect(read("src/services/ecr/service.ts")).toContain("...scans,");
});

it("makes an event source in one file and one line", () => {
  expect(scaffoldSource(copy, "kafka")).toEqual(["src/sources/index.ts", "src/sources/kafka.ts"]);
  expect(scaffoldSource(copy, "mq")).toEqual(["src/sources/index.ts", "src/sources/mq.ts"]);
  expect(read("src/sources/index.ts")).toContain("[sqs, kinesis, dynamodb, kafka, mq]");
});

it("says in one sentence what it cannot make", async () => {
  await expect(scaffoldService(copy, { id: "sts" })).rejects.toThrow("there is a service sts already.");
  await expect(scaffoldService(copy, { id: "../x" })).rejects.toThrow("is not a service's id");
  await expect(scaffoldService(copy, { id: "never" })).rejects.toThrow("client-never is not installed");
  const request = { service: "sts", operation: "getCallerIdentity", noun: "identity" };
  await expect(scaffoldOperation(copy, request)).rejects.toThrow("sts has no operation getCallerIdentity");
  await expect(scaffoldOperation(copy, { ...request, service: "never" })).rejects.toThrow("no service never");
  expect(() => scaffoldSource(copy, "sqs")).toThrow("there is a source sqs already.");
});

/** All of src is compiled, with what the tests before this one made in it. */
it("makes what compiles with all around it", { timeout: 180_000 }, () => {
  const { stdout, stderr } = spawnSync(process.execPath, [TSC, "--noEmit", "--project", copy], {
    cwd: copy,
    encoding: "utf8",
  });
  expect(stdout + stderr).toBe("");
});
