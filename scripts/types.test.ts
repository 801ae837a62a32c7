import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { declareTypes } from "./types.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const USER = `
import { type Nuage, startNuage } from "nuage/testing";

class Client {
  constructor(readonly config: { endpoint: string }) {}
  destroy() {}
}

export async function use(): Promise<string> {
  await using nuage: Nuage = await startNuage({ region: "eu-central-1", seed: 1 });
  await nuage.advance("7 hours");
  const client: Client = nuage.client(Client);
  // @ts-expect-error there is no such option
  await startNuage({ regoin: "eu-central-1" });
  // @ts-expect-error a rule has a kind that there is
  nuage.chaos({ kind: "nonsense" });
  return client.config.endpoint;
}
`;

it("a user's strict TypeScript knows what the test library takes and gives", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nuage-user-"));
  try {
    const own = join(folder, "node_modules", "nuage");
    await mkdir(join(own, "dist"), { recursive: true });
    await declareTypes(join(own, "dist", "types"));
    await symlink(join(root, "package.json"), join(own, "package.json"));
    await mkdir(join(folder, "node_modules", "@types"));
    for (const name of ["@types/node", "undici-types"])
      await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(join(folder, "use.ts"), USER);
    for (const module of ["nodenext", "preserve"]) {
      const strict = ["--strict", "--skipLibCheck", "false", "--target", "es2022", "--noEmit"];
      const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
      const given = [...strict, "--module", module, "--types", "node", "use.ts"];
      const { stdout } = spawnSync(process.execPath, [tsc, ...given], { cwd: folder, encoding: "utf8" });
      expect(stdout).toBe("");
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
