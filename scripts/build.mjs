// Bundles src into dist: the CLI, the test library and the telemetry thread.
//
// A service names its SDK package (`import("@aws-sdk/client-s3")`) to get its types and schemas.
// Loading a whole client takes 150 ms, so inside src/services the package is narrowed to what the
// platform uses of it: schemas, enums and errors. Everything else of the SDK stays out of dist.
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const PLATFORM = join(root, "src", "platform.ts");

/**
 * What the platform loads later stands on it. Bundled so, all that the platform begins with is one file, and
 * each service one more: without it, whatever two of them share would become a file of its own, a hundred in
 * all, and each costs as much as twenty kilobytes.
 * @type {import("esbuild").Plugin}
 */
const standOnPlatform = {
  name: "stand-on-platform",
  setup(builder) {
    builder.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path, resolveDir }) => {
      const isLater = kind === "dynamic-import" && !resolveDir.startsWith(join(root, "src", "cli"));
      return isLater ? { path: join(resolveDir, path), namespace: "later" } : undefined;
    });
    builder.onLoad({ filter: /.*/, namespace: "later" }, ({ path }) => ({
      contents: [
        `import ${JSON.stringify(PLATFORM)};`,
        `export * from ${JSON.stringify(path)};`,
      ].join("\n"),
      resolveDir: root,
      loader: "js",
    }));
  },
};

/** @type {import("esbuild").Plugin} */
const narrowSdk = {
  name: "narrow-sdk",
  setup(builder) {
    builder.onResolve({ filter: /^@aws-sdk\/client-[a-z0-9-]+$/ }, (args) =>
      args.importer.includes("/src/services/")
        ? { path: args.path, namespace: "sdk-schemas" }
        : { path: args.path, external: true },
    );
    builder.onLoad({ filter: /.*/, namespace: "sdk-schemas" }, (args) => {
      const base = join(root, "node_modules", args.path, "dist-es");
      const parts = ["schemas/schemas_0.js", "models/enums.js", "models/errors.js"];
      const present = parts.filter((part) => existsSync(join(base, part)));
      return {
        contents: [
          `import ${JSON.stringify(PLATFORM)};`,
          ...present.map((part) => `export * from ${JSON.stringify(join(base, part))};`),
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

/**
 * Builds into `outdir`, which is there with all that was in it until the new one takes its place: whoever
 * runs from it meanwhile finds a whole one. Native packages stay outside the bundle.
 */
export async function bundle(outdir = join(root, "dist")) {
  const fresh = `${outdir}-${process.pid}`;
  try {
    await buildInto(fresh);
    await rm(outdir, { recursive: true, force: true });
    await rename(fresh, outdir);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** @param {string} outdir */
async function buildInto(outdir) {
  await build({
    absWorkingDir: root,
    entryPoints: {
      cli: "src/cli/main.ts",
      testing: "src/testing/index.ts",
      "telemetry-thread": "src/observe/thread.ts",
      "s3-sums-thread": "src/services/s3/sums-thread.ts",
    },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    sourcemap: "linked",
    // Less to read at every start; names stay, for whoever reads a stack.
    minifyWhitespace: true,
    minifySyntax: true,
    chunkNames: "chunks/[name]-[hash]",
    external: ["@duckdb/*", "@node-rs/*", "esbuild"],
    banner: {
      js:
        'import { createRequire as __createRequire } from "node:module";' +
        "const require = __createRequire(import.meta.url);",
    },
    plugins: [standOnPlatform, narrowSdk, bundleLmdb],
    logLevel: "warning",
  });
}

/** Vitest calls this before the tests. */
export async function setup() {
  await bundle();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
