import { createTrial } from "./trial.fixture.ts";

// A platform for a test to kill: prints the number of a frozen function's process, and stays for its
// sake.
const trial = await createTrial();
const version = trial.version({ "index.js": "exports.handler = async () => process.pid" });
const { value } = await trial.invoke(version);
process.stdout.write(String(value));
