// The built platform in a process of its own, for the benchmarks that measure it as a user meets it.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Running, startServer } from "./floor.ts";
import { type LoadOptions, type LoadResult, load } from "./load.ts";

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** Starts `nuage start` on a free port; ephemeral unless options say otherwise. */
export function startPlatform(options: readonly string[] = ["--ephemeral"]): Promise<Running> {
  return startServer([CLI, "start", "--port", "0", ...options]);
}

/** Headers of a signed request. The platform reads the signature and, unless told to, does not verify it. */
export function signedFor(service: string): Record<string, string> {
  return {
    authorization:
      `AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/${service}/aws4_request, ` +
      `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
    "x-amz-date": "20261123T000000Z",
  };
}

const ROUNDS = 3;

/** Runs both loads in turns, so that the machine's moods meet both alike. Gives the middle of each. */
export async function alternate(ours: LoadOptions, floor: LoadOptions) {
  const results: { ours: LoadResult[]; floor: LoadResult[] } = { ours: [], floor: [] };
  for (let round = 0; round < ROUNDS; round++) {
    results.floor.push(await load(floor));
    results.ours.push(await load(ours));
  }
  const errors = results.ours.reduce((sum, result) => sum + result.errors, 0);
  if (errors > 0) throw new Error(`${errors} requests to ${ours.url} failed`);
  const rps = (all: LoadResult[]) => middle(all.map((result) => result.rps));
  return { ours: rps(results.ours), floor: rps(results.floor) };
}

export function middle(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Prints a figure beside its floor. */
export function print(name: string, unit: string, value: number, floor: number): void {
  const round = (each: number) => Math.round(each * 100) / 100;
  console.log(
    JSON.stringify({ name, value: round(value), unit, floor: round(floor), ratio: round(value / floor) }),
  );
}

/** Resident memory of a process in MiB, as Linux tells it; NaN elsewhere. */
export function residentMib(pid: number): number {
  const path = `/proc/${pid}/status`;
  const kib = existsSync(path) ? /VmRSS:\s+(\d+)/.exec(readFileSync(path, "utf8"))?.[1] : undefined;
  return Number(kib) / 1024;
}

/** What a process has taken of the processors so far, as Linux tells it; NaN elsewhere. */
export function processorMs(pid: number): number {
  const path = `/proc/${pid}/stat`;
  const fields = existsSync(path) ? readFileSync(path, "utf8").split(") ").at(-1)?.split(" ") : undefined;
  const TICK_MS = 10;
  return (Number(fields?.[11]) + Number(fields?.[12])) * TICK_MS;
}
