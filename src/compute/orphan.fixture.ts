import { createTrial } from "./trial.fixture.ts";

// A platform for a test to kill: prints the number of a frozen function's process and its own folder, and
// stays for the sake of that process.
const trial = await createTrial();
const version = trial.version({ "index.js": "exports.handler = async () => process.pid" });
const { value } = await trial.invoke(version);
process.stdout.write(`${value} ${trial.folder}`);
