import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SERVICES } from "../src/services/index.ts";
import { bundle } from "./build.mjs";
import { packSchemas, unpackSchemas } from "./schemas.mjs";

let folder: string;
let outputs: Metafile["outputs"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-build-"));
  outputs = (await bundle(join(folder, "dist"))).outputs;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The file that begins with a module of the source. */
function fileOf(module: string): string {
  const found = Object.keys(outputs).find((file) => outputs[file]?.entryPoint?.endsWith(module));
  return found ?? expect.fail(`${module} begins no file`);
}

/** A file, and all that it imports before it runs. */
function withImports(...files: string[]): Set<string> {
  const all = new Set(files);
  for (const file of all) {
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === "import-statement" && !external) all.add(path);
    }
  }
  return all;
}

const bytesOf = (files: Iterable<string>) =>
  [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);

describe("what every start loads", () => {
  const started = () => withImports(fileOf("src/cli/main.ts"), fileOf("src/platform.ts"));

  it("says of a service no more than what it is", () => {
    const bytes = new Map<string, number>();
    for (const file of started()) {
      for (const [module, { bytesInOutput }] of Object.entries(outputs[file]?.inputs ?? {})) {
        const service = /^src\/services\/([^/]+)\//.exec(module)?.[1];
        // Whose an access key is, every request asks.
        if (service && service !== "sts") bytes.set(service, (bytes.get(service) ?? 0) + bytesInOutput);
      }
    }
    expect(bytes.size).toBeGreaterThan(10);
    expect([...bytes].filter(([, sum]) => sum > 2_000)).toEqual([]);
  });

  it("is small, in few files", () => {
    expect(bytesOf(started())).toBeLessThan(400_000);
    expect(started().size).toBeLessThan(9);
  });

  it("needs few files more for the first call of a service", () => {
    const known = started();
    const more = withImports(fileOf("src/services/s3/service.ts"), fileOf("@aws-sdk/client-s3"));
    expect([...more].filter((file) => !known.has(file)).map((file) => basename(file)).length).toBeLessThan(7);
  });
});

describe("an SDK's schemas", () => {
  it.each(SERVICES.map((service) => [service.id, service] as const))(
    "of %s say the same packed",
    async (_, service) => {
      const sdk: Readonly<Record<string, unknown>> = await service.load();
      const { names, json } = packSchemas(sdk);
      const unpacked = unpackSchemas(json);
      expect(names.length).toBeGreaterThan(1);
      const seen = new Set();
      for (const [index, name] of names.entries()) compare(unpacked[index], sdk[name], seen);
    },
  );
});

/** Follows both to their ends: one names others directly, one by functions. */
function compare(ours: unknown, theirs: unknown, seen: Set<unknown>): void {
  const own = typeof theirs === "function" ? theirs() : theirs;
  if (typeof own !== "object" || own === null) {
    expect(ours).toBe(own);
  } else if (!seen.has(own)) {
    seen.add(own);
    expect(Object.keys(ours as object)).toEqual(Object.keys(own));
    for (const key of Object.keys(own)) compare((ours as Record<string, unknown>)[key], own[key], seen);
  }
}
