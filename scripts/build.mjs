// Bundles src into dist: the CLI, the test library and the telemetry thread.
//
// A service names its SDK package (`import("@aws-sdk/client-s3")`) to get its types and schemas.
// Loading a whole client takes 150 ms, so inside src/services the package is narrowed to what the
// platform uses of it: the schemas of operations and errors. Everything else of the SDK stays out of dist.
import { link, readdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { packSchemas, unpackSchemas } from "./schemas.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const SRC = join(root, "src");
const PLATFORM = join(SRC, "platform.ts");
const CLI = join(SRC, "cli");
const MAIN = join(CLI, "main.ts");

/** What every start loads: it stands beneath what the platform loads later, and beneath the commands. */
const FIRST = {
  platform: [PLATFORM],
  cli: [
    "cli/start",
    "kernel/arn",
    "kernel/clock",
    "kernel/duration",
    "kernel/ids",
    "observe/critical-path",
    "observe/events",
    "observe/fold",
    "observe/summary",
  ].map((name) => join(SRC, `${name}.ts`)),
};

/**
 * Bundled so, all that the platform begins with is one file, and each service few more: without it, whatever
 * two of them share would become a file of its own, a hundred in all, and each costs as much as 30 kB.
 * @type {import("esbuild").Plugin}
 */
const standOnFirst = {
  name: "stand-on-first",
  setup(builder) {
    builder.onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir }) => {
      const file = join(resolveDir, path);
      const isLater = kind === "dynamic-import" ? file !== PLATFORM : file === MAIN;
      return isLater ? { path: file, namespace: "later" } : undefined;
    });
    builder.onLoad({ filter: /.*/, namespace: "later" }, ({ path }) => ({
      contents: [
        ...(path === MAIN ? ["#!/usr/bin/env node"] : []),
        ...(path.startsWith(CLI) ? FIRST.cli : FIRST.platform).map(importing),
        `export * from ${JSON.stringify(path)};`,
      ].join("\n"),
      resolveDir: root,
      loader: "js",
    }));
  },
};

const importing = (/** @type {string} */ file) => `import ${JSON.stringify(file)};`;

/** The schemas of an SDK package without all the rest, which takes long to load. */
async function readSdk(/** @type {string} */ name) {
  const { outputFiles } = await build({
    entryPoints: [join(root, "node_modules", name, "dist-es", "schemas", "schemas_0.js")],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
  });
  const module = { exports: {} };
  const require = createRequire(import.meta.url);
  new Function("module", "exports", "require", outputFiles[0]?.text ?? "")(module, module.exports, require);
  return module.exports;
}

/** @type {import("esbuild").Plugin} */
const narrowSdk = {
  name: "narrow-sdk",
  setup(builder) {
    builder.onResolve({ filter: /^@aws-sdk\/client-[a-z0-9-]+$/ }, (args) =>
      args.importer.includes("/src/services/")
        ? { path: args.path, namespace: "sdk-schemas" }
        : { path: args.path, external: true },
    );
    builder.onLoad({ filter: /.*/, namespace: "sdk-schemas" }, async ({ path }) => {
      const { names, json } = packSchemas(await readSdk(path));
      return {
        contents: [
          ...FIRST.platform.map(importing),
          `export const [${names.join(", ")}] = (${unpackSchemas})(${JSON.stringify(json)});`,
        ].join("\n"),
        resolveDir: root,
        loader: "js",
      };
    });
  },
};

/**
 * LMDB's JavaScript goes into the bundle, which loads in a fifth of the time. What stays outside is its
 * binary, taken from the platform's own package, or built by the package where there is none.
 * @type {import("esbuild").Plugin}
 */
const bundleLmdb = {
  name: "bundle-lmdb",
  setup(builder) {
    const inLmdb = (/** @type {string} */ importer) => importer.includes("/node_modules/lmdb/");
    builder.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, () => ({
      path: "lmdb-binary",
      namespace: "lmdb-binary",
    }));
    // Values are encoded by the store: the half of msgpackr that has a binary of its own is not needed.
    builder.onResolve({ filter: /^msgpackr$/ }, ({ importer, kind }) =>
      inLmdb(importer) ? builder.resolve("msgpackr/pack", { resolveDir: root, kind }) : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: "lmdb-binary" }, () => ({
      contents: LMDB_BINARY,
      loader: "js",
    }));
  },
};

const LMDB_BINARY = `
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
const require = createRequire(import.meta.url);
function prebuilt(folder) {
  const kinds = process.platform === "linux" ? [".glibc", ".musl"] : [""];
  for (const kind of kinds) {
    for (const target of ["abi" + process.versions.modules, "napi"]) {
      try {
        return require(join(folder, "node." + target + kind + ".node"));
      } catch {}
    }
  }
}
export default function load() {
  const lmdb = dirname(dirname(require.resolve("lmdb")));
  const own = createRequire(join(lmdb, "package.json"));
  try {
    const folder = dirname(own.resolve("@lmdb/lmdb-" + process.platform + "-" + process.arch));
    const found = prebuilt(folder);
    if (found) return found;
  } catch {}
  return own("node-gyp-build-optional-packages")(lmdb);
}
`;

/** For so long whoever runs from an older build finds the parts of it that he has not loaded yet. */
const CHUNKS_KEPT_MS = 30 * 60_000;

/**
 * Builds into `outdir`, which is there with all that was in it until the new one takes its place: whoever
 * runs from it meanwhile finds a whole one. Native packages stay outside the bundle.
 */
export async function bundle(outdir = join(root, "dist")) {
  const fresh = `${outdir}-${process.pid}`;
  const old = `${fresh}-old`;
  try {
    const metafile = await buildInto(fresh);
    await keepChunks(outdir, fresh);
    // Out of the way first: whoever loads something just then waits for no deletion.
    await rename(outdir, old).catch(() => undefined);
    await rename(fresh, outdir);
    return metafile;
  } finally {
    await Promise.all([fresh, old].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/**
 * Their names tell their contents, so that those of several builds can lie together.
 * @param {string} from @param {string} to
 */
async function keepChunks(from, to) {
  const names = await readdir(join(from, "chunks")).catch(() => []);
  for (const name of names) {
    const old = join(from, "chunks", name);
    try {
      if (Date.now() - (await stat(old)).mtimeMs < CHUNKS_KEPT_MS) await link(old, join(to, "chunks", name));
    } catch {
      // It is in the new build too, or another build has taken it away.
    }
  }
}

/** @param {string} outdir */
async function buildInto(outdir) {
  const { metafile } = await build({
    ...settings(outdir),
    entryPoints: { cli: "src/cli/main.ts", testing: "src/testing/index.ts" },
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    metafile: true,
  });
  // Threads share nothing with the others: each is one file.
  await build({
    ...settings(outdir),
    entryPoints: {
      "telemetry-thread": "src/observe/thread.ts",
      "s3-sums-thread": "src/services/s3/sums-thread.ts",
    },
  });
  return metafile;
}

/**
 * @param {string} outdir
 * @returns {import("esbuild").BuildOptions}
 */
const settings = (outdir) => ({
  absWorkingDir: root,
  outdir,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  sourcemap: "linked",
  // Less to read at every start; names stay, for whoever reads a stack.
  minifyWhitespace: true,
  minifySyntax: true,
  external: ["@duckdb/*", "@node-rs/*", "esbuild"],
  banner: {
    js:
      'import { createRequire as __createRequire } from "node:module";' +
      "const require = __createRequire(import.meta.url);",
  },
  plugins: [standOnFirst, narrowSdk, bundleLmdb],
  logLevel: "warning",
});

/** Vitest calls this before the tests. */
export async function setup() {
  await bundle();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
