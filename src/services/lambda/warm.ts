import type { FunctionVersion } from "../../kernel/functions.ts";
import type { Background } from "../define.ts";
import { everyFunction } from "./records.ts";
import { functionVersion } from "./resolve.ts";

/** After a restart: one function of each runtime is prepared, so that no cold start pays for a process. */
export async function warmRuntimes({ store, functions }: Background): Promise<void> {
  const byRuntime = await store.transact(async (tx) => {
    const found = new Map<string, FunctionVersion>();
    for await (const [id, { latest }] of everyFunction(tx)) {
      if (!found.has(latest.runtime)) found.set(latest.runtime, functionVersion(id, latest));
    }
    return found;
  });
  for (const version of byRuntime.values()) functions.prepare(version);
}
