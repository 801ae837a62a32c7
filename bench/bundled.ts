// Runs a benchmark as the platform is run: bundled. What runs TypeScript directly makes every closure
// slower.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Whether this is the bundle already; otherwise bundles the module and runs that to its end. */
export async function isBundled(moduleUrl: string): Promise<boolean> {
  if (moduleUrl.endsWith(".mjs")) return true;
  const source = fileURLToPath(moduleUrl);
  const root = fileURLToPath(new URL("..", moduleUrl));
  const outfile = join(root, "dist", "bench", `${source.slice(source.lastIndexOf("/") + 1, -3)}.mjs`);
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: ["lmdb", "esbuild"],
    logLevel: "warning",
  });
  await import(outfile);
  return false;
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly floor?: number;
}

/** Prints a figure as one line of JSON, with its ratio to the floor. */
export function print(figure: Figure): void {
  const { value, floor } = figure;
  const round = (number: number) => Number(number.toPrecision(4));
  const ratio = floor === undefined ? {} : { floor: round(floor), ratio: Number((value / floor).toFixed(2)) };
  console.log(JSON.stringify({ ...figure, value: round(value), ...ratio }));
}

/** How many times a second `work` is done: the best of three runs of `count`. */
export async function rate(count: number, work: (count: number) => Promise<unknown>): Promise<number> {
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const startedMs = performance.now();
    await work(count);
    best = Math.max(best, (count / (performance.now() - startedMs)) * 1000);
  }
  return best;
}

/** Does `each` for all of `count`, by so many clients at a time. */
export async function byClients(
  clients: number,
  count: number,
  each: (index: number) => Promise<unknown>,
): Promise<void> {
  const client = async (first: number) => {
    for (let index = first; index < count; index += clients) await each(index);
  };
  await Promise.all(Array.from({ length: clients }, (_, first) => client(first)));
}
