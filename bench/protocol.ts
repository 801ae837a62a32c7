// What decoding and encoding cost, beside JSON.parse alone and beside a walk over the schemas:
//
//   tsx bench/protocol.ts
//
// prints one JSON line a figure.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Bundled as the platform is: what runs TypeScript directly makes every closure slower. */
const folder = await mkdtemp(join(tmpdir(), "nuage-bench-"));
const outfile = join(folder, "protocol.mjs");
await build({
  entryPoints: [fileURLToPath(new URL("./protocol-figures.ts", import.meta.url))],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  banner: {
    js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
});
try {
  const { figures } = (await import(pathToFileURL(outfile).href)) as typeof import("./protocol-figures.ts");
  for (const figure of figures()) console.log(JSON.stringify(figure));
} finally {
  await rm(folder, { recursive: true });
}
