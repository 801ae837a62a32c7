import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readFolder, zipOf } from "./archive.ts";

it("makes the same archive of the same files, wherever and whenever they were written", async () => {
  const folders = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), "nuage-archive-"))));
  try {
    for (const [index, folder] of folders.entries()) {
      const names = index === 0 ? ["a.txt", "b.txt"] : ["b.txt", "a.txt"];
      for (const name of names) await writeFile(join(folder, name), name);
      await mkdir(join(folder, "bin"));
      await writeFile(join(folder, "bin", "run"), "#!/bin/sh\n");
      await chmod(join(folder, "bin", "run"), index === 0 ? 0o755 : 0o700);
      await mkdir(join(folder, ".git"));
      await writeFile(join(folder, ".git", "HEAD"), String(index));
      // A link in a circle is followed no further.
      await symlink("..", join(folder, "bin", "up"));
      await utimes(join(folder, "a.txt"), index + 1, index + 1);
    }
    const [one, other] = await Promise.all(folders.map((folder) => readFolder(folder)));
    expect([...(one ?? []).keys()]).toEqual(["a.txt", "b.txt", "bin/run"]);
    expect(zipOf(one ?? new Map())).toEqual(zipOf(other ?? new Map()));
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
});
