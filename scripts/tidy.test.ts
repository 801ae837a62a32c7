import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseProject, readProject } from "./tidy/project.ts";
import { tidy } from "./tidy.ts";

/** What tidy says of a project with these files; every file is kept alive and every room listed. */
function complaints(files: Record<string, string>): string[] {
  const code = Object.keys(files).filter((path) => /\.ts$/.test(path) && !/\.test\.ts$/.test(path));
  const rooms = new Set([...Object.keys(files), "scripts/alive.ts"].map(roomOf));
  rooms.delete(undefined);
  return tidy(
    parseProject({
      "ARCHITECTURE.md": [...rooms].map((room) => `| \`${room}\` | a line |`).join("\n"),
      "scripts/alive.ts": code.map((path) => `import * as _${path.length} from "../${path}";`).join("\n"),
      "package.json": JSON.stringify({ dependencies: DEPENDENCIES }),
      ...files,
    }),
  );
}

const DEPENDENCIES = { lmdb: "1", pg: "1", "@duckdb/node-api": "1", "@smithy/core": "1" };

const roomOf = (path: string) => /^(src\/[^/]+|(?!src\/)[^/.][^/]*)\//.exec(path)?.[1];

describe("this project", () => {
  it("is tidy", () => {
    expect(tidy(readProject(dirname(dirname(fileURLToPath(import.meta.url)))))).toEqual([]);
  });
});

describe("sizes", () => {
  it("refuses a file of more than 400 lines, but not a table", () => {
    const text = "export const a = 1;\n".repeat(401);
    expect(complaints({ "src/kernel/long.ts": text })).toEqual([
      "src/kernel/long.ts:400 file length: 401 lines",
    ]);
    expect(complaints({ "src/services/s3/constraints.ts": text })).toEqual([]);
  });

  it("refuses a function of more than 70 lines", () => {
    const text = `export function rule() {\n${"  step();\n".repeat(69)}}\n`;
    expect(complaints({ "src/kernel/a.ts": text })).toEqual([
      "src/kernel/a.ts:1 function length: rule has 71 lines",
    ]);
    expect(complaints({ "src/kernel/a.ts": text.replace("  step();\n", "") })).toEqual([]);
  });

  it("refuses a line of more than 110 columns, unless it is one address", () => {
    const words = "word ".repeat(23);
    expect(complaints({ "src/kernel/a.ts": `// ${words}\n` })).toEqual([
      "src/kernel/a.ts:1 line length: 118 columns",
    ]);
    expect(complaints({ "src/kernel/a.ts": `// https://docs.aws.amazon.com/${"a".repeat(90)}\n` })).toEqual(
      [],
    );
  });
});

describe("imports", () => {
  const other = {
    "src/store/store.ts": "export const a = 1;\n",
    "src/services/sqs/b.ts": "export const b = 1;\n",
  };

  it.each([
    ["src/kernel/x.ts", "../store/store.ts", "kernel may not import store (../store/store.ts)"],
    ["src/observe/x.ts", "../store/store.ts", "observe may not import store (../store/store.ts)"],
    ["src/services/s3/x.ts", "../sqs/b.ts", "services/s3 may not import src/services/sqs/b.ts"],
    ["src/gateway/x.ts", "../services/sqs/b.ts", "gateway may not import services (../services/sqs/b.ts)"],
    ["src/config.ts", "./services/sqs/b.ts", "config.ts may not import services (./services/sqs/b.ts)"],
    ["src/kernel/x.ts", "../../scripts/alive.ts", "src imports scripts/alive.ts"],
  ])("refuses %s importing %s", (path, specifier, message) => {
    const found = complaints({ ...other, [path]: `export type X = import("${specifier}").X;\n` });
    expect(found).toContain(`${path}:1 arrows: ${message}`);
  });

  it("lets what stands above import what lies below", () => {
    const files = {
      "src/services/define.ts": "export const d = 1;\n",
      "src/services/s3/x.ts": 'import { a } from "../../store/store.ts";\nexport const x = a;\n',
      "src/services/s3/y.ts": 'import { d } from "../define.ts";\nexport const y = d;\n',
      "src/platform.ts": 'import { b } from "./services/sqs/b.ts";\nexport const c = b;\n',
      "src/store/store.test.ts": 'import { b } from "../services/sqs/b.ts";\nb;\n',
    };
    expect(complaints({ ...other, ...files }).filter((line) => !line.includes("rooms"))).toEqual([]);
  });

  it.each([
    ["src/services/s3/x.ts", "node:child_process"],
    ["src/services/s3/x.ts", "node:http"],
    ["src/store/x.ts", "lmdb"],
    ["src/store/x.ts", "pg"],
    ["src/console/x.ts", "@duckdb/node-api"],
    ["src/services/s3/x.ts", "@smithy/core/schema"],
  ])("refuses %s importing %s", (path, module) => {
    const found = complaints({ [path]: `import "${module}";\nexport const x = 1;\n` });
    expect(found).toEqual([`${path}:1 modules: ${module} has its place elsewhere`]);
  });

  it("refuses a package that is not installed with the project, except in tests", () => {
    const found = complaints({
      "src/cli/x.ts": 'import "fflate";\nimport "lib/deep";\nexport const x = 1;\n',
      "src/cli/x.test.ts": 'import "fflate";\n',
      "src/cli/x.fixture.ts": 'import "fflate";\n',
    });
    expect(found).toEqual([
      "src/cli/x.ts:1 modules: fflate is not among the dependencies",
      "src/cli/x.ts:2 modules: lib is not among the dependencies",
    ]);
  });

  it("refuses export * and cycles", () => {
    const found = complaints({
      "src/kernel/a.ts": 'export * from "./b.ts";\n',
      "src/kernel/b.ts": 'import type {} from "./a.ts";\nexport const b = 1;\n',
    });
    expect(found).toEqual([
      'src/kernel/a.ts:1 no export *: export * from "./b.ts"',
      "src/kernel/a.ts:1 no cycles: src/kernel/a.ts -> src/kernel/b.ts -> src/kernel/a.ts",
    ]);
  });

  it("refuses what nobody needs, though a test imports it", () => {
    const found = complaints({
      "scripts/alive.ts": 'import { used } from "../src/kernel/a.ts";\nused;\n',
      "src/kernel/a.ts":
        "export const used = 1;\nexport const unused = 2;\nexport interface Shape {}\n" +
        "export const rule = (shape: Shape) => shape;\nexport const told = rule;\n",
      "src/kernel/b.ts": "export const b = 1;\n",
      "src/kernel/a.test.ts":
        'import { rule, told } from "./a.ts";\nimport { b } from "./b.ts";\nb;rule;told;\n',
    });
    expect(found).toEqual([
      "src/kernel/a.ts:2 no dead exports: nobody imports unused",
      "src/kernel/a.ts:5 no dead exports: nobody imports told",
      "src/kernel/b.ts:1 no dead files: no entry point imports it",
      "src/kernel/b.ts:1 no dead exports: nobody imports b",
    ]);
  });
});

describe("words", () => {
  it.each([
    ["Date.now()", "Date.now: take the Clock"],
    ["new Date()", "new Date: take the Clock"],
    ["setTimeout(f, 1)", "setTimeout: take the Clock"],
    ["setInterval(f, 1)", "setInterval: take the Clock"],
    ["Math.random()", "Math.random: take the Ids"],
    ["crypto.randomUUID()", "crypto.randomUUID: take the Ids"],
    ["process.env.HOME", "process.env: take it from the configuration"],
    ["(() => { throw new Error('no') })()", "throw Error: throw a Fault, or a UserError"],
    ["reject(new Error('no'))", "throw Error: throw a Fault, or a UserError"],
  ])("refuses %s outside the kernel", (act, message) => {
    const path = "src/observe/x.ts";
    expect(complaints({ [path]: `export const x = ${act};\n` })).toEqual([
      `${path}:1 kernel only: ${message}`,
    ]);
  });

  it("lets the kernel read the clock, and a date be made of a time", () => {
    expect(complaints({ "src/kernel/x.ts": "export const x = Date.now();\n" })).toEqual([]);
    expect(complaints({ "src/observe/x.ts": "export const x = new Date(0);\n" })).toEqual([]);
  });

  it("refuses a test that sleeps", () => {
    expect(complaints({ "src/kernel/x.test.ts": "await new Promise((f) => setTimeout(f, 5));\n" })).toEqual([
      "src/kernel/x.test.ts:1 no sleeping tests: setTimeout: turn the clock",
    ]);
  });

  it("refuses names that say nothing", () => {
    expect(complaints({ "src/kernel/string-utils.ts": "export const x = 1;\n" })).toEqual([
      'src/kernel/string-utils.ts:1 names: "utils" says nothing: name what it is',
    ]);
  });

  it("refuses marks of unfinished work, and paths out of the project", () => {
    const mark = ["TO", "DO"].join("");
    const outside = ["../", "shared", "/x"].join("");
    expect(complaints({ "README.md": `${mark} more\n${outside}\n`, ".ci/run": outside })).toEqual([
      "README.md:1 no marks: do it, or write down why not in an issue",
      "README.md:2 self-contained: the project knows nothing outside itself",
    ]);
  });

  it("refuses the wire in a service", () => {
    const found = complaints({
      "src/services/s3/x.ts":
        'export const x = ["content-type", "<?xml?>"];\nexport const y = { status: 404, statusCode: n };\n' +
        'export const z = { "x-amz-request-id": "ContentType" };\n',
      "src/services/s3/faults.ts": "export const faults = { status: 404 };\n",
    });
    expect(found).toEqual([
      "src/services/s3/x.ts:1 no wire: the header content-type in a service",
      "src/services/s3/x.ts:1 no wire: markup in a service",
      "src/services/s3/x.ts:2 no wire: the status 404 outside faults.ts",
    ]);
  });

  it("holds the rooms against ARCHITECTURE.md, both ways", () => {
    const found = complaints({
      "ARCHITECTURE.md": "| `scripts` | a |\n| `src/attic` | b |\n",
      "src/kernel/x.ts": "export const x = 1;\n",
    });
    expect(found).toEqual([
      "ARCHITECTURE.md:1 rooms: src/kernel has no line",
      "ARCHITECTURE.md:2 rooms: there is no src/attic",
    ]);
  });
});
