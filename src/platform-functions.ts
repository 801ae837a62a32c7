import type { Delivery } from "./delivery/delivery.ts";
import { appendEvent, QUEUE } from "./delivery/queue.ts";
import { platformFault } from "./kernel/faults.ts";
import { once } from "./kernel/once.ts";
import type { FunctionParts, Machinery } from "./platform-compute.ts";
import type { Functions } from "./services/define.ts";
import { isThere, whenThere } from "./store/whenever.ts";

/** Functions, with what runs them loaded when there is one to run. */
export interface FunctionsRoom {
  readonly functions: Functions;
  delivery(): Promise<Delivery>;
  /** Begins to take events, those an earlier process left first. */
  start(): void;
  /** Resolves when no event is due or under way. */
  settled(): Promise<void>;
  /** Kills every environment. */
  reset(): Promise<void>;
  /** Ends every environment: what waits for one ends with it. */
  close(): Promise<void>;
}

export function openFunctions(parts: FunctionParts): FunctionsRoom {
  const { config, clock, log, lifecycle, store } = parts;
  let opened: Machinery | undefined;
  const opening = once(async () => {
    const { openMachinery } = await import("./platform-compute.ts");
    // A platform that ends starts nothing any more.
    if (lifecycle.signal.aborted) throw platformFault("ServiceUnavailable");
    opened = openMachinery(parts);
    return opened;
  });
  const functions: Functions = {
    invoke: (target, invocation) =>
      opened
        ? opened.delivery.invoke(target, invocation)
        : opening().then(({ delivery }) => delivery.invoke(target, invocation)),
    enqueue: (tx, event) => appendEvent(tx, event, clock.now()),
    accountConcurrency: config.accountConcurrency,
    provision: async (version, count) => (await opening()).compute.provision(version, count),
    provisioned: (version) => opened?.compute.census(version).provisioned ?? 0,
    prepare(version) {
      opening().then(
        ({ compute }) => compute.prepare(version),
        (error: unknown) => log.warn("a function could not be prepared", { function: version.arn, error }),
      );
    },
    retire: (functionArn) => opened?.compute.retire(functionArn),
    inspectCode: async (zip) => (await opening()).inspectCode(zip),
    permits: async (arn, source) => (await opening()).permits(arn, source),
  };
  let taking = Promise.resolve();
  lifecycle.onClose("functions", () => opened?.compute.close());
  // Together: an attempt under way ends when its function does.
  lifecycle.onClose("delivery", async () => {
    await Promise.all([taking, opened?.delivery.stop(), opened?.compute.close()]);
  });
  return {
    functions,
    delivery: async () => (await opening()).delivery,
    start() {
      const world = { store, clock, log, signal: lifecycle.signal, begin: () => lifecycle.begin() };
      taking = whenThere(world, [QUEUE], async () => (await opening()).delivery.start());
      taking.catch((error: unknown) => log.error("the asynchronous queue is not watched", { error }));
    },
    async settled() {
      // What was put there a moment ago may not have been seen yet.
      if (!opened && (await isThere(store, QUEUE))) await taking;
      await opened?.delivery.settled();
    },
    reset: async () => opened?.compute.reset(),
    close: async () => opened?.compute.close(),
  };
}
