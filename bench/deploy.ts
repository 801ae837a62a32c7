// What deploying costs as a user meets it: `nuage deploy` of an application of 50 resources, once more
// without a change, and `nuage dev` from the saving of a file until the new code answers. Beside them a Node
// process that does nothing, and esbuild alone building the same handler again:
//
//   npm run build && tsx bench/deploy.ts
//
// prints one JSON line a figure.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type BuildOptions, context } from "esbuild";
import { middle, print, startPlatform } from "./platform.ts";

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
/** The handler takes zod from here: with it, it is of a normal size. */
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROUNDS = 7;

const folder = await mkdtemp(join(ROOT, "dist", "bench-deploy-"));
const handler = (round: number) => `import { z } from "zod";
const Order = z.object({ item: z.string(), count: z.number().int().positive() });
export const handler = async (event: unknown) => ({ round: ${round}, order: Order.parse(event) });
`;

async function writeProject(): Promise<void> {
  const role = "arn:aws:iam::000000000000:role/bench";
  const code = { Runtime: "nodejs22.x", Handler: "src/orders.handler", Role: role, Code: "." };
  const Resources: Record<string, object> = {
    Orders: { Type: "AWS::Lambda::Function", Properties: { FunctionName: "orders", ...code } },
  };
  const types = ["AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::Logs::LogGroup", "AWS::S3::Bucket"];
  for (let index = 1; index < 50; index++) Resources[`Part${index}`] = { Type: types[index % types.length] };
  await mkdir(join(folder, "src"));
  await writeFile(join(folder, "src", "orders.ts"), handler(0));
  await writeFile(join(folder, "template.json"), JSON.stringify({ Resources }));
}

function timed(args: readonly string[]): number {
  const startedMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with status ${status}: ${stderr}`);
  return performance.now() - startedMs;
}

const rounds = (work: () => number) => middle(Array.from({ length: ROUNDS }, work));

/** Resolves once the process prints this. */
function shown(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    const read = (chunk: Buffer) => {
      if (!String(chunk).includes(text)) return;
      child.stdout?.off("data", read);
      child.stderr?.off("data", read);
      resolve();
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
  });
}

interface Swap {
  readonly swappedMs: number;
  readonly answeredMs: number;
}

async function swap(dev: ChildProcess, lambda: LambdaClient, round: number): Promise<Swap> {
  const swapped = shown(dev, "swapped");
  const startedMs = performance.now();
  await writeFile(join(folder, "src", "orders.ts"), handler(round));
  await swapped;
  const swappedMs = performance.now() - startedMs;
  const Payload = JSON.stringify({ item: "lamp", count: 1 });
  const answer = await lambda.send(new InvokeCommand({ FunctionName: "orders", Payload }));
  const answeredMs = performance.now() - startedMs;
  const { round: ran } = JSON.parse(Buffer.from(answer.Payload ?? []).toString());
  if (ran !== round) throw new Error(`round ${ran} answered in round ${round}`);
  return { swappedMs, answeredMs };
}

/** esbuild alone, from the saving of a file until its bundle is there. */
async function rebuildMs(): Promise<number> {
  const file = join(folder, "src", "orders.ts");
  const options: BuildOptions = { bundle: true, write: false, platform: "node", sourcemap: true };
  const building = await context({ ...options, entryPoints: [file], outdir: folder });
  await building.rebuild();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    await writeFile(file, handler(-round));
    await building.rebuild();
    times.push(performance.now() - startedMs);
  }
  await building.dispose();
  return middle(times);
}

const platform = await startPlatform();
try {
  await writeProject();
  const bareMs = rounds(() => timed(["-e", ""]));
  const command = (...args: string[]) => timed([CLI, ...args, "--endpoint", platform.url]);
  print("deploy of 50 resources", "ms", command("deploy", folder, "--stack", "bench", "--yes"), bareMs);
  print(
    "deploy without a change",
    "ms",
    rounds(() => command("deploy", folder, "--stack", "bench")),
    bareMs,
  );
  const args = ["dev", folder, "--stack", "bench", "--endpoint", platform.url];
  const dev = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  await shown(dev, "Watching");
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const lambda = new LambdaClient({ endpoint: platform.url, region: "us-east-1", credentials });
  const swaps: Swap[] = [];
  for (let round = 1; round <= ROUNDS; round++) swaps.push(await swap(dev, lambda, round));
  const exited = once(dev, "exit");
  dev.kill("SIGINT");
  await exited;
  lambda.destroy();
  const floorMs = await rebuildMs();
  const of = (pick: (swap: Swap) => number) => middle(swaps.map(pick));
  print(
    "hot swap, from saving to swapped",
    "ms",
    of((each) => each.swappedMs),
    floorMs,
  );
  print(
    "hot swap, from saving to the new code's answer",
    "ms",
    of((each) => each.answeredMs),
    floorMs,
  );
} finally {
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
}
