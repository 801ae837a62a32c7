// Every benchmark, one after another: `npm run bench`, or `npm run bench -- sts s3` for some. Each prints
// one JSON line a figure, beside its floor measured in the same run.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const BENCHES = [
  "start",
  "sts",
  "s3",
  "dynamodb",
  "lambda",
  "sqs",
  "sns",
  "kinesis",
  "logs",
  "events",
  "sources",
  "apigateway",
  "cloudformation",
  "deploy",
  "gateway",
  "protocol",
  "store",
  "expressions",
  "patterns",
  "blobs",
  "compute",
  "observe",
  "cloudwatch",
];

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !BENCHES.includes(name));
if (unknown) {
  console.error(`there is no benchmark ${unknown}: ${BENCHES.join(", ")}`);
  process.exit(1);
}
let failed = 0;
for (const name of wanted.length > 0 ? wanted : BENCHES) {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ["--import", "tsx", file], { stdio: "inherit" });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
