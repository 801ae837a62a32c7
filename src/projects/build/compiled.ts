import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../../kernel/faults.ts";
import { type Entries, type Entry, readEntry, readFolder, zipOf } from "../archive.ts";
import { runTool } from "../tools.ts";
import { type Built, type Source, textOf } from "./source.ts";

/** What languages that are compiled come to. `into`: an empty folder for what their tools make. */
type Compile = (source: Source, into: string) => Promise<Built>;

/** The name that custom runtimes are started by. */
const BOOTSTRAP = "bootstrap";

function built({ path }: Source, how: string, entries: Entries): Built {
  return { archive: zipOf(entries), how, inputs: [path], packages: [], isMapped: false };
}

const executable = ({ bytes }: Entry): Entry => ({ bytes, isExecutable: true });

/** https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html */
export const buildGo: Compile = async (source, into) => {
  // Of the retired go1.x the handler is the program's name.
  const name = source.runtime.startsWith("go") ? source.handler : BOOTSTRAP;
  const program = join(into, name);
  await runTool({
    file: "go",
    args: ["build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-o", program, "."],
    folder: source.path,
    environment: {
      GOOS: "linux",
      GOARCH: source.architecture === "arm64" ? "arm64" : "amd64",
      CGO_ENABLED: "0",
    },
    missing: `${source.logicalId} is written in Go, and there is no go on this machine.`,
  });
  return built(source, "go build", new Map([[name, executable(await readEntry(program))]]));
};

const RUST_TARGETS = { x86_64: "x86_64-unknown-linux-gnu", arm64: "aarch64-unknown-linux-gnu" };

/** `BuildProperties.Binary` says which program where a package has several. */
export const buildRust: Compile = async (source, into) => {
  const missing = `${source.logicalId} is written in Rust, and there is no cargo on this machine.`;
  const manifest = await readFile(join(source.path, "Cargo.toml"), "utf8");
  const name = textOf(source.properties, "Binary") ?? /^\s*name\s*=\s*"([^"]+)"/m.exec(manifest)?.[1];
  if (name === undefined)
    throw new UserError(
      `${source.logicalId}: Cargo.toml names no program; name it in BuildProperties.Binary.`,
    );
  const isForeign = (source.architecture === "arm64") !== (process.arch === "arm64");
  const target = RUST_TARGETS[source.architecture];
  await runTool({
    file: "cargo",
    args: [
      ...["build", "--release", "--quiet", "--bin", name, "--target-dir", into],
      ...(isForeign ? ["--target", target] : []),
    ],
    folder: source.path,
    missing,
  });
  const program = join(into, ...(isForeign ? [target] : []), "release", name);
  return built(source, "cargo", new Map([[BOOTSTRAP, executable(await readEntry(program))]]));
};

/** Classes and resources at the top, what they need under `lib`, as SAM packages them. */
export const buildJava: Compile = async (source, into) =>
  existsSync(join(source.path, "pom.xml")) ? buildMaven(source, into) : buildGradle(source, into);

async function buildMaven(source: Source, into: string): Promise<Built> {
  await runTool({
    file: existsSync(join(source.path, "mvnw")) ? "./mvnw" : "mvn",
    args: [
      ...["--quiet", "--batch-mode", "-DskipTests", "package"],
      ...["dependency:copy-dependencies", "-DincludeScope=runtime", `-DoutputDirectory=${join(into, "lib")}`],
    ],
    folder: source.path,
    missing: `${source.logicalId} is built by Maven, and there is no mvn on this machine.`,
  });
  const classes = await readFolder(join(source.path, "target", "classes"));
  return built(source, "Maven", new Map([...classes, ...(await librariesOf(into))]));
}

/** Copies what the project's own build makes; its files stay as they are. */
const GRADLE_COPY = `
allprojects {
  afterEvaluate { project ->
    if (project.plugins.hasPlugin("java")) {
      project.tasks.register("nuageCopy") {
        dependsOn "assemble"
        doLast {
          project.copy { from project.sourceSets.main.output; into System.getenv("NUAGE_INTO") + "/classes" }
          def lib = System.getenv("NUAGE_INTO") + "/lib"
          project.copy { from project.configurations.runtimeClasspath; into lib }
        }
      }
    }
  }
}
`;

async function buildGradle(source: Source, into: string): Promise<Built> {
  const script = join(into, "copy.gradle");
  await writeFile(script, GRADLE_COPY);
  await runTool({
    file: existsSync(join(source.path, "gradlew")) ? "./gradlew" : "gradle",
    args: ["--quiet", "--init-script", script, "nuageCopy"],
    folder: source.path,
    environment: { NUAGE_INTO: into },
    missing:
      `${source.logicalId} is built by Gradle, and there is neither gradlew in ${source.path} ` +
      "nor gradle on this machine.",
  });
  const classes = await readFolder(join(into, "classes"));
  return built(source, "Gradle", new Map([...classes, ...(await librariesOf(into))]));
}

async function librariesOf(into: string): Promise<Entries> {
  const folder = join(into, "lib");
  return existsSync(folder) ? readFolder(folder, { into: "lib" }) : new Map();
}

/** `build-LOGICALID` of the folder's Makefile, which is told where to put things. */
export const buildMake: Compile = async (source, into) => {
  await runTool({
    file: "make",
    args: [`build-${source.logicalId}`],
    folder: source.path,
    environment: { ARTIFACTS_DIR: into },
    missing: `${source.logicalId} is built by make, and there is no make on this machine.`,
  });
  return built(source, "make", await readFolder(into));
};

/** Only what runs is installed, from the lock where there is one. */
export const buildNpm: Compile = async (source, into) => {
  const at = source.kind === "layer" ? join(into, "nodejs") : into;
  await mkdir(at, { recursive: true });
  const names = await readdir(source.path);
  const lock = names.find((name) => name === "package-lock.json" || name === "npm-shrinkwrap.json");
  for (const name of ["package.json", ...(lock === undefined ? [] : [lock])])
    await writeFile(join(at, name), await readFile(join(source.path, name)));
  await runTool({
    file: "npm",
    args: [lock === undefined ? "install" : "ci", "--omit=dev", "--no-audit", "--no-fund", "--silent"],
    folder: at,
    missing: `${source.logicalId} needs npm packages, and there is no npm on this machine.`,
  });
  const own = await readFolder(source.path, {
    skips: (name) => name === "node_modules",
    into: source.kind === "layer" ? "nodejs" : "",
  });
  const installed = await readFolder(into, { skips: (name) => name === ".package-lock.json" });
  return built(source, `npm for ${basename(source.path)}`, new Map([...own, ...installed]));
};
