// The house rules, executed: `npm run tidy` prints one line a violation and ends with 1 where there is one.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  checkArrows,
  checkBarrels,
  checkCycles,
  checkDeadExports,
  checkDeadFiles,
  checkGuardedModules,
} from "./tidy/imports.ts";
import { type Project, readProject, type Violation } from "./tidy/project.ts";
import { checkActs, checkMarks, checkNames, checkRooms, checkSizes, checkWire } from "./tidy/words.ts";

const RULES: readonly ((project: Project) => Violation[])[] = [
  checkSizes,
  checkArrows,
  checkGuardedModules,
  checkBarrels,
  checkCycles,
  checkDeadFiles,
  checkDeadExports,
  checkActs,
  checkNames,
  checkMarks,
  checkWire,
  checkRooms,
];

/** Everything that is not as the house rules have it, in the order of the files. */
export function tidy(project: Project): string[] {
  return RULES.flatMap((rule) => rule(project))
    .sort((one, other) => one.path.localeCompare(other.path) || one.line - other.line)
    .map(({ path, line, rule, message }) => `${path}:${line} ${rule}: ${message}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = tidy(readProject(dirname(dirname(fileURLToPath(import.meta.url)))));
  for (const line of found) console.log(line);
  console.log(found.length === 0 ? "tidy" : `${found.length} to tidy`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
