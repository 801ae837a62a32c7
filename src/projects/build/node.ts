import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import type { BuildContext, BuildOptions, BuildResult, Format, Loader, OutputFile, Plugin } from "esbuild";
import type { JsonMap } from "../../deploy/parse.ts";
import { UserError } from "../../kernel/faults.ts";
import { AT_ONCE, type Entries, zipOf } from "../archive.ts";
import {
  findPackage,
  isNative,
  packageEntries,
  packageFolder,
  packageName,
  packageOf,
  readManifest,
} from "./packages.ts";
import { type Builder, type Built, flagOf, pairsOf, type Source, textOf, textsOf } from "./source.ts";

const EXTENSIONS = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];
const TYPESCRIPT = /\.[mc]?tsx?$/;

/** The file that holds the handler: `src/app.handler` is in `src/app.ts`, or in one of its like. */
export function entryOf({ path, handler }: Source): string | undefined {
  const module = moduleOf(handler);
  return EXTENSIONS.map((extension) => join(path, module + extension)).find((file) => existsSync(file));
}

/** `src/app` of `src/app.handler`. */
export function moduleOf(handler: string): string {
  const slash = handler.lastIndexOf("/") + 1;
  const dot = handler.indexOf(".", slash);
  return dot < 0 ? handler : handler.slice(0, dot);
}

/** Whether an entry can only run once it was compiled. */
export const isTypeScript = (file: string) => TYPESCRIPT.test(file);

/**
 * A function in one file, with all that it imports: https://esbuild.github.io/api/. The build's properties
 * are those of SAM.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
 */
export function bundler(source: Source): Builder {
  let context: BuildContext | undefined;
  const natives = new Set<string>();
  return {
    async build() {
      const { context: create } = await loadEsbuild();
      context ??= await create(optionsOf(source, natives));
      try {
        return await builtOf(source, await context.rebuild(), natives);
      } catch (error) {
        throw isBuildFailure(error) ? new UserError(failureOf(source, error)) : error;
      }
    },
    async dispose() {
      await context?.dispose();
    },
  };
}

async function loadEsbuild() {
  try {
    return await import("esbuild");
  } catch {
    throw new UserError("esbuild cannot be loaded: install Nuage again, for this machine.");
  }
}

function optionsOf(source: Source, natives: Set<string>): BuildOptions {
  const { path, properties, runtime } = source;
  const { entries, isModule } = entriesOf(source);
  const format = (textOf(properties, "Format") ?? (isModule ? "esm" : "cjs")) as Format;
  const mainFields = textsOf(properties, "MainFields");
  return {
    absWorkingDir: path,
    entryPoints: entries,
    // Nothing is written: the archive takes it. So maps tell their sources from here.
    outdir: path,
    write: false,
    allowOverwrite: true,
    bundle: true,
    platform: "node",
    format,
    outExtension: outExtensions(properties, format),
    target: textOf(properties, "Target") ?? targetOf(runtime),
    minify: flagOf(properties, "Minify", false),
    keepNames: flagOf(properties, "KeepNames", true),
    sourcemap: flagOf(properties, "Sourcemap", true) ? "linked" : false,
    sourcesContent: flagOf(properties, "SourcesContent", false),
    external: textsOf(properties, "External"),
    loader: pairsOf(properties, "Loader") as Record<string, Loader>,
    define: pairsOf(properties, "Define"),
    ...(mainFields.length > 0 ? { mainFields } : {}),
    banner: bannerOf(properties, format),
    footer: pairsOf(properties, "Footer"),
    metafile: true,
    logLevel: "silent",
    plugins: [leaveSdk, leaveNatives(natives)],
  };
}

interface EntryPoint {
  readonly in: string;
  readonly out: string;
}

/** Files to begin with; what the handler names lies in the archive where the handler says. */
function entriesOf(source: Source): { entries: string[] | EntryPoint[]; isModule: boolean } {
  const { path, handler, logicalId, properties } = source;
  const named = textsOf(properties, "EntryPoints").map((each) => resolve(path, each));
  const missing = named.find((file) => !existsSync(file));
  if (missing !== undefined) throw new UserError(`${logicalId}: its entry point ${missing} is not there.`);
  const found = entryOf(source);
  const files = named.length > 0 ? named : found === undefined ? [] : [found];
  const [first] = files;
  if (first === undefined) {
    throw new UserError(
      `${logicalId}: its handler is ${handler}, and ${path} has no ${moduleOf(handler)}.ts or .js.`,
    );
  }
  const placed = files.map((file) => ({ in: file, out: withoutExtension(relative(path, file)) }));
  const isPlaced = placed.some(({ out }) => out === moduleOf(handler));
  return { entries: isPlaced ? placed : files, isModule: isModuleFile(first) };
}

const withoutExtension = (path: string) => path.slice(0, path.length - extname(path).length);

function isModuleFile(file: string): boolean {
  if (/\.m[tj]s$/.test(file)) return true;
  if (/\.c[tj]s$/.test(file)) return false;
  const folder = packageFolder(dirname(file));
  return folder !== undefined && readManifest(folder)?.type === "module";
}

/** An archive has no package.json that would say what `.js` is. */
function outExtensions(properties: JsonMap, format: Format): Record<string, string> {
  const asked = pairsOf(properties, "OutExtension");
  return asked[".js"] || format !== "esm" ? asked : { ...asked, ".js": ".mjs" };
}

/** What was written for CommonJS and went into a module goes on with `require`. */
const REQUIRE =
  'import { createRequire as __createRequire } from "node:module";' +
  "const require = __createRequire(import.meta.url);";

function bannerOf(properties: JsonMap, format: Format): Record<string, string> {
  const asked = pairsOf(properties, "Banner");
  return asked.js !== undefined || format !== "esm" ? asked : { ...asked, js: REQUIRE };
}

/** `node22` for `nodejs22.x`. */
function targetOf(runtime: string): string {
  return `node${/^nodejs(\d+)/.exec(runtime)?.[1] ?? "20"}`;
}

/** The runtimes have the SDK's clients. What stands beside them, such as lib-dynamodb, not everywhere. */
const leaveSdk: Plugin = {
  name: "leave-sdk",
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\// }, ({ path, resolveDir }) => {
      const name = packageName(path);
      const isClient = name.startsWith("@aws-sdk/client-");
      return isClient || findPackage(name, resolveDir) === undefined ? { path, external: true } : undefined;
    });
  },
};

/** Packages with binaries go into the archive as they are. */
const leaveNatives = (natives: Set<string>): Plugin => ({
  name: "leave-natives",
  setup(build) {
    build.onStart(() => natives.clear());
    build.onResolve({ filter: /^[^./#]/ }, ({ path, resolveDir, kind }) => {
      if (kind === "entry-point" || isBuiltin(path)) return undefined;
      const folder = findPackage(packageName(path), resolveDir);
      if (folder === undefined || !isNative(folder)) return undefined;
      natives.add(packageName(path));
      return { path, external: true };
    });
  },
});

async function builtOf(source: Source, result: BuildResult, natives: ReadonlySet<string>): Promise<Built> {
  const { path } = source;
  const carried = await packageEntries([...natives], path);
  const outputs = result.outputFiles ?? [];
  const entriesWith = (contents: (file: OutputFile) => Uint8Array): Entries => {
    const bundled = outputs.map((file) => {
      const name = relative(path, file.path).split(sep).join("/");
      return [name, { bytes: contents(file), isExecutable: false }] as const;
    });
    return new Map([...bundled, ...carried]);
  };
  const portable = () => zipOf(entriesWith(({ contents }) => contents));
  const files = Object.keys(result.metafile?.inputs ?? {}).map((file) => resolve(path, file));
  const packages = [...files, ...[...natives].map((name) => join(findPackage(name, path) ?? "", "index.js"))];
  return {
    archive: source.isAtHome ? zipOf(entriesWith(atHome), AT_ONCE) : portable(),
    portable,
    how: "esbuild",
    inputs: files.filter((file) => packageOf(file) === undefined),
    packages: [...new Set(packages.flatMap((file) => packageOf(file) ?? []))].sort(),
    isMapped: outputs.some((file) => file.path.endsWith(".map")),
  };
}

/** A map names its sources from its own folder; at home it names the files themselves. */
function atHome(file: OutputFile): Uint8Array {
  if (!file.path.endsWith(".map")) return file.contents;
  const map = JSON.parse(file.text) as { sources: string[] };
  const sources = map.sources.map((each) => resolve(dirname(file.path), each));
  return Buffer.from(JSON.stringify({ ...map, sources }));
}

interface Failure {
  readonly errors: readonly {
    readonly text: string;
    readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
  }[];
}

function isBuildFailure(error: unknown): error is Failure {
  return typeof error === "object" && error !== null && "errors" in error && Array.isArray(error.errors);
}

function failureOf({ logicalId, path }: Source, { errors }: Failure): string {
  const lines = errors.map(({ text, location }) => {
    if (!location) return `  ${text}`;
    return `  ${resolve(path, location.file)}:${location.line}:${location.column + 1}: ${text}`;
  });
  return [`${logicalId} cannot be built.`, ...lines].join("\n");
}
