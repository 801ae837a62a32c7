import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Entries, readFolder, zipOf } from "../archive.ts";
import { runTool } from "../tools.ts";
import type { Built, Source } from "./source.ts";

const REQUIREMENTS = "requirements.txt";

export const hasRequirements = ({ path }: Source) => existsSync(join(path, REQUIREMENTS));

/** The folder's files over the packages of its requirements.txt. `into`: an empty folder for those. */
export async function buildPython(source: Source, into: string): Promise<Built> {
  const packages = hasRequirements(source) ? await install(source, into) : new Map();
  const files: Entries = new Map([...packages, ...(await readFolder(source.path))]);
  return {
    archive: zipOf(source.kind === "layer" ? below("python", files) : files),
    how: "pip",
    inputs: [source.path],
    packages: packagesOf(packages),
    isMapped: false,
  };
}

async function install({ path, logicalId }: Source, into: string): Promise<Entries> {
  await runTool({
    file: "python3",
    args: [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"],
      // What is compiled carries times: the same packages would make another archive every time.
      ...["--no-compile", "--target", into, "--requirement", REQUIREMENTS],
    ],
    folder: path,
    missing: `${logicalId} needs Python packages, and there is no python3 on this machine.`,
  });
  const files = await readFolder(into, { skips: (name) => name === "direct_url.json" });
  // Programs begin with the path of this machine's Python.
  for (const file of files.keys()) if (file.startsWith("bin/")) files.delete(file);
  return files;
}

/** pip notes each package in a folder `NAME-VERSION.dist-info`. */
function packagesOf(files: Entries): string[] {
  const noted = [...files.keys()].flatMap((path) => {
    const [, name, version] = /^([^/]+)-([^/-]+)\.dist-info\//.exec(path) ?? [];
    return name === undefined ? [] : [`${name}@${version}`];
  });
  return [...new Set(noted)].sort();
}

/** A layer's packages lie where its functions look for them. */
function below(folder: string, files: Entries): Entries {
  return new Map([...files].map(([path, entry]) => [`${folder}/${path}`, entry]));
}
