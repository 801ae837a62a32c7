// What compute costs on its own, without HTTP: one JSON line per figure, each beside a floor of the same run.
//
//   tsx bench/compute.ts [cold] [burst] [warm]
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { createTrial, type Trial } from "../src/compute/trial.fixture.ts";

const BURST = 50;
const COLD_STARTS = 15;
const WARM_CALLS = 2000;
/** Long enough for the pool to start the process that the last cold start took. */
const REFILL_MS = 600;

const FUNCTIONS = {
  node: { files: { "index.js": "exports.handler = async () => null" }, change: { runtime: "nodejs20.x" } },
  python: {
    files: { "index.py": "def handler(event, context):\n    return None\n" },
    change: { runtime: "python3.12" },
  },
} as const;
type Kind = keyof typeof FUNCTIONS;

function print(figure: string, values: Readonly<Record<string, number>>): void {
  const rounded = Object.entries(values).map(([name, value]) => [name, Math.round(value * 1000) / 1000]);
  process.stdout.write(`${JSON.stringify({ figure, ...Object.fromEntries(rounded) })}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A process that has come so far as to write one byte. */
async function startBare(kind: Kind): Promise<void> {
  const [file, script] = kind === "node" ? [process.execPath, "-e"] : ["python3", "-c"];
  const text = kind === "node" ? "process.stdout.write('x')" : "print('x')";
  const child = spawn(file, [script, text], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
}

async function measureCold(kind: Kind): Promise<void> {
  const trial = await createTrial();
  const { files, change } = FUNCTIONS[kind];
  const version = (name: string) => trial.version(files, { ...change, name });
  trial.compute.prepare(version("prepared"));
  const times: number[] = [];
  for (let round = 0; round < COLD_STARTS; round++) {
    await pause(round === 0 ? 3 * REFILL_MS : REFILL_MS);
    times.push(await timed(() => trial.invoke(version(`cold-${round}`))));
  }
  const floors: number[] = [];
  for (let round = 0; round < 5; round++) floors.push(await timed(() => startBare(kind)));
  await trial.close();
  print(`cold start of ${kind} from the pool`, { medianMs: median(times), bareStartMs: median(floors) });
}

async function measureBurst(kind: Kind): Promise<void> {
  const floorMs = await timed(() => Promise.all(Array.from({ length: BURST }, () => startBare(kind))));
  const trial = await createTrial();
  const { files, change } = FUNCTIONS[kind];
  const version = trial.version(files, { ...change, timeoutMs: 60_000 });
  trial.compute.prepare(version);
  await pause(3 * REFILL_MS);
  const ms = await timed(() => Promise.all(Array.from({ length: BURST }, () => trial.invoke(version))));
  const starts = trial.spans.filter((span) => span.attributes.coldStart === true).length;
  // Each with a function of its own, so that no environment serves twice.
  await trial.close();
  const apart = await createTrial();
  apart.compute.prepare(apart.version(files, change));
  await pause(3 * REFILL_MS);
  const calls = Array.from({ length: BURST }, (_, index) => {
    const own = apart.version(files, { ...change, name: `burst-${index}`, timeoutMs: 60_000 });
    return apart.invoke(own);
  });
  const apartMs = await timed(() => Promise.all(calls));
  await apart.close();
  print(`${BURST} cold starts of ${kind} at once`, {
    oneFunctionMs: ms,
    environments: starts,
    ownFunctionsMs: apartMs,
    bareStartsMs: floorMs,
    ratio: apartMs / floorMs,
  });
}

async function measureWarm(freeze: boolean): Promise<void> {
  const trial = await createTrial({ freeze });
  const times = await warmCalls(trial);
  await trial.close();
  const floors = await pipeRoundTrips();
  print(`warm invocation, ${freeze ? "frozen between" : "without freeze"}`, {
    medianMs: median(times),
    pipeRoundTripMs: median(floors),
  });
}

async function warmCalls(trial: Trial): Promise<number[]> {
  const { files, change } = FUNCTIONS.node;
  const version = trial.version(files, change);
  const times: number[] = [];
  for (let call = 0; call < WARM_CALLS; call++) times.push(await timed(() => trial.invoke(version)));
  return times;
}

async function pipeRoundTrips(): Promise<number[]> {
  const child: ChildProcess = spawn(process.execPath, ["-e", "process.stdin.pipe(process.stdout)"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const { stdin, stdout } = child;
  const times: number[] = [];
  for (let call = 0; stdin && stdout && call < WARM_CALLS; call++) {
    const answered = once(stdout, "data");
    times.push(
      await timed(async () => {
        stdin.write('{"key":"value"}');
        await answered;
      }),
    );
  }
  child.kill();
  return times;
}

const asked = process.argv.slice(2);
const wanted = (name: string) => asked.length === 0 || asked.includes(name);
if (wanted("warm")) {
  await measureWarm(true);
  await measureWarm(false);
}
if (wanted("cold")) {
  await measureCold("node");
  await measureCold("python");
}
if (wanted("burst")) {
  await measureBurst("node");
  await measureBurst("python");
}
