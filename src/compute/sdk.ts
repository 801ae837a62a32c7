import { existsSync } from "node:fs";
import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SCOPES = ["@aws-sdk", "@smithy"];

/**
 * Gives functions the platform's installed AWS SDK, as AWS's Node runtimes have it: links beside the
 * unpacked code, where both `require` and `import` look after the function's own node_modules.
 */
export async function linkSdk(nodeModules: string): Promise<void> {
  await mkdir(nodeModules, { recursive: true });
  for (const scope of SCOPES) {
    const installed = findInstalled(scope);
    if (installed) await link(installed, join(nodeModules, scope));
  }
}

/** Nuage may be installed on its own or hoisted into a project: the packages lie in a folder above. */
function findInstalled(scope: string): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", scope);
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

async function link(target: string, path: string): Promise<void> {
  const present = await readlink(path).catch(() => undefined);
  if (present === target) return;
  await rm(path, { recursive: true, force: true });
  await symlink(target, path).catch((error: NodeJS.ErrnoException) => {
    // Another platform on the same folder was quicker.
    if (error.code !== "EEXIST") throw error;
  });
}
