import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import { ask, ENDPOINT_OPTION, endpointOf, readHealth } from "./client.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: nuage stop [--port PORT | --endpoint URL]

Stops the running platform and waits until it is gone.
`;

const PATIENCE_MS = 15_000;
const STEP_MS = 50;
/** Functions get two seconds for their farewell. */
const GONE_MS = 5000;

export const stop: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: { ...ENDPOINT_OPTION, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const endpoint = endpointOf(values);
  const { pid } = await readHealth(endpoint);
  await ask(endpoint, "/_nuage/stop", { method: "POST" });
  const patienceUntil = performance.now() + PATIENCE_MS;
  while (await answers(endpoint)) {
    if (performance.now() > patienceUntil) throw new UserError(`process ${pid} has not stopped yet.`);
    await pause(STEP_MS);
  }
  // It no longer answers, and may still be ending functions and closing its store.
  const goneUntil = performance.now() + GONE_MS;
  while (runs(pid) && performance.now() < goneUntil) await pause(STEP_MS);
  terminal.out("Stopped.\n");
  return 0;
};

/** False, too, for a process of another machine, whose number means nothing here. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await readHealth(endpoint);
    return true;
  } catch {
    return false;
  }
}
