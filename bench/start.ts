// How long a start takes until the first S3 call is answered, and what an idle platform weighs, beside a
// bare Node HTTP server:
//
//   npm run build && tsx bench/start.ts
//
// prints one JSON line a figure.
import { performance } from "node:perf_hooks";
import { type Running, startServer } from "./floor.ts";
import { middle, print, residentMib, signedFor, startPlatform } from "./platform.ts";

const ROUNDS = 7;
const IDLE_MS = 1500;
const BARE =
  "require('http').createServer((q, r) => r.end('hello'))" +
  ".listen(0, '127.0.0.1', function () { console.log(this.address().port) })";

interface Start {
  readonly readyMs: number;
  readonly idleMib: number;
}

async function measure(start: () => Promise<Running>): Promise<Start> {
  const beganMs = performance.now();
  const running = await start();
  const response = await fetch(`${running.url}/`, { headers: signedFor("s3") });
  await response.arrayBuffer();
  const readyMs = performance.now() - beganMs;
  if (!response.ok) throw new Error(`the first call was answered with ${response.status}`);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idleMib = residentMib(running.pid);
  await running.stop();
  return { readyMs, idleMib };
}

const ours: Start[] = [];
const bare: Start[] = [];
for (let round = 0; round < ROUNDS; round++) {
  bare.push(await measure(() => startServer(["-e", BARE])));
  ours.push(await measure(startPlatform));
}
const ready = (all: Start[]) => middle(all.map((each) => each.readyMs));
const idle = (all: Start[]) => middle(all.map((each) => each.idleMib));
print("start until the first S3 call is answered", "ms", ready(ours), ready(bare));
print("idle memory after start", "MiB", idle(ours), idle(bare));
