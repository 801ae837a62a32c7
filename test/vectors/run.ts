// Tries the project against public test vectors: npm run test:vectors -- FOLDER
//
// The vectors are not part of the project. FOLDER holds one folder for each suite below; a suite
// whose folder is absent says so and is passed over.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { eventPatterns } from "./event-patterns.ts";
import { protocols } from "./protocols.ts";
import { sam } from "./sam.ts";
import { sigv4 } from "./sigv4.ts";
import type { Suite } from "./tally.ts";

const SUITES: readonly Suite[] = [protocols, sigv4, eventPatterns, sam];

const folder = process.argv[2] ?? "";
let failed = 0;
for (const suite of SUITES) {
  const path = join(folder, suite.folder);
  if (folder === "" || !existsSync(path)) {
    console.log(`${suite.folder}: no test vectors found${folder && ` at ${path}`}; give their folder.`);
    continue;
  }
  const tally = await suite.run(path);
  for (const failure of tally.failures) console.log(`FAILED ${failure}`);
  for (const reason of new Set(tally.skips.map((skip) => skip.reason))) {
    const names = tally.skips.filter((skip) => skip.reason === reason).map(({ name }) => name);
    console.log(`skipped, ${reason}: ${names.join(", ")}`);
  }
  const { passed, failures, skips } = tally;
  console.log(`${suite.folder}: ${passed} passed, ${failures.length} failed, ${skips.length} skipped`);
  failed += failures.length;
}
process.exitCode = failed === 0 ? 0 : 1;
