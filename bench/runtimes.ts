// What the Runtime API costs beside the channel of Node's and Python's own runtimes: one JSON line for each.
//
//   tsx bench/runtimes.ts [NAME=BOOTSTRAP]...      more custom runtimes, each a program: go=./bootstrap
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createTrial, zipOf } from "../src/compute/trial.fixture.ts";

const COLD_STARTS = 9;
const WARM_CALLS = 2000;
/** Long enough for the pool to start the process that the last cold start took. */
const REFILL_MS = 600;

/** A custom runtime in Node, on one connection and with no HTTP client but a few lines. */
const CUSTOM = `#!/usr/bin/env node
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const socket = require("net").connect(+port, host).setNoDelay(true);
const root = "/2018-06-01/runtime/invocation/";
const next = "GET " + root + "next HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n";
let text = "";
socket.on("data", (chunk) => {
  text += chunk;
  const end = text.indexOf("\\r\\n\\r\\n");
  if (end < 0 || text.length < end + 4 + Number(/content-length: (\\d+)/i.exec(text)[1])) return;
  const id = /request-id: (\\S+)/i.exec(text.slice(0, end))?.[1];
  text = "";
  if (!id) return socket.write(next);
  const head = " HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 4\\r\\n\\r\\n";
  socket.write("POST " + root + id + "/response" + head + "null");
});
socket.write(next);
`;

type Files = Parameters<typeof zipOf>[0];
const subjects: [string, string, string, Files][] = [
  ["node", "nodejs20.x", "index.handler", { "index.js": "exports.handler = async () => null" }],
  ["custom in node", "provided.al2023", "none", { bootstrap: CUSTOM }],
];
const classes = javaClasses();
if (classes) subjects.push(["java", "java17", "Nothing::handle", classes]);
for (const each of process.argv.slice(2)) {
  const [name = "", file = ""] = each.split("=");
  subjects.push([`custom: ${name}`, "provided.al2023", "none", { bootstrap: readFileSync(file) }]);
}

function javaClasses(): Files | undefined {
  const folder = mkdtempSync(join(tmpdir(), "nuage-bench-"));
  const source = join(folder, "Nothing.java");
  writeFileSync(source, "public class Nothing { public static Object handle(Object o) { return null; } }");
  const { status } = spawnSync("javac", ["--release", "17", "-d", folder, source]);
  const files = status === 0 ? { "Nothing.class": readFileSync(join(folder, "Nothing.class")) } : undefined;
  rmSync(folder, { recursive: true });
  return files;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return Math.round((sorted[sorted.length >> 1] ?? 0) * 1000) / 1000;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

for (const [name, runtime, handler, files] of subjects) {
  const trial = await createTrial();
  const zip = zipOf(files);
  const version = (of: string) =>
    trial.version(zip, { name: of, runtime, handler, memoryMb: 512, timeoutMs: 60_000 });
  // The first has what Java needs compiled.
  await trial.invoke(version("first"));
  const cold: number[] = [];
  for (let round = 0; round < COLD_STARTS; round++) {
    await pause(REFILL_MS);
    cold.push(await timed(() => trial.invoke(version(`cold-${round}`))));
  }
  const warm: number[] = [];
  const used = version("warm");
  for (let call = 0; call < WARM_CALLS; call++) warm.push(await timed(() => trial.invoke(used)));
  await trial.close();
  const figures = { coldMs: median(cold), warmMs: median(warm.slice(WARM_CALLS / 4)) };
  process.stdout.write(`${JSON.stringify({ runtime: name, ...figures })}\n`);
}
