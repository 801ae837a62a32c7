import type { ChaosControl } from "./chaos/chaos.ts";
import { readRule } from "./chaos/rules.ts";
import type { Config } from "./config.ts";
import { type AdminOptions, createAdmin } from "./console/admin.ts";
import type { FunctionAnswers, FunctionSettings } from "./console/concurrency.ts";
import { type Console, createConsole } from "./console/console.ts";
import { createDecisions } from "./console/decisions.ts";
import type { Deliveries } from "./console/deliveries.ts";
import type { StreamsAnswers } from "./console/streams.ts";
import { findLoops } from "./cost/loops.ts";
import type { Delivery } from "./delivery/delivery.ts";
import { createReplay } from "./delivery/replay.ts";
import { reportThrottles } from "./delivery/throttle-report.ts";
import type { Lifecycle } from "./kernel/lifecycle.ts";
import type { Exporter } from "./observe/export/exporter.ts";
import type { Totals } from "./observe/export/totals.ts";
import type { Observe } from "./observe/observe.ts";
import { receiveLetter } from "./services/cloudformation/mailbox.ts";
import type { Ports } from "./services/define.ts";
import { reportOn } from "./services/dynamodb/capacity/report.ts";
import { SERVICES } from "./services/index.ts";
import { downloadCode } from "./services/lambda/download.ts";
import { everyFunction, type FunctionId, type FunctionRecord } from "./services/lambda/records.ts";
import { resolveFunction } from "./services/lambda/resolve.ts";
import { lettersOf } from "./services/sns/reading-letters.ts";
import { certificateAt } from "./services/sns/signing.ts";
import { VERSION } from "./version.ts";

interface Parts extends Pick<AdminOptions, "endpoint" | "reset" | "stop" | "startedMs"> {
  readonly config: Pick<Config, "account" | "region" | "data">;
  readonly ports: Ports;
  readonly lifecycle: Lifecycle;
  readonly observe: Observe;
  readonly chaos: ChaosControl;
  readonly delivery: () => Promise<Delivery>;
  readonly streams: () => Promise<StreamsAnswers>;
  readonly totals: Totals;
  readonly exporter: Exporter | undefined;
}

/** The platform's own addresses, with the console's behind them: loaded when somebody asks for one. */
export function openConsole(parts: Parts): Console {
  const { ports, observe, chaos, totals, exporter } = parts;
  const { account, region, data } = parts.config;
  const { store, blobs, clock } = ports;
  return createAdmin({
    ...parts,
    account,
    region,
    data,
    clock,
    version: VERSION,
    otlp: exporter?.status,
    services: SERVICES.map(({ id }) => id),
    code: (path) => downloadCode(store, blobs, path),
    certificate: (path) => certificateAt(store, path),
    letter: (path, body) => receiveLetter(store, path, body),
    console: createConsole({
      observe,
      clock,
      defaults: { account, region },
      tables: (scope, name) => reportOn(ports, scope, name),
      chaos: { ...chaos, add: (rule) => chaos.add(readRule(rule)) },
      letters: lettersOf(ports),
      deliveries: viewDeliveries(parts),
      functions: viewFunctions(parts),
      decisions: createDecisions(store, () => clock.now()),
      streams: streamsOf(parts),
      exposed: { metrics: ports.metrics, totals, version: VERSION, otlp: exporter?.status },
    }),
  });
}

/** Event sources are loaded when somebody asks for them. */
function streamsOf({ streams }: Parts): StreamsAnswers {
  return {
    report: async (name) => (await streams()).report(name),
    decide: async (name, decision, shardId) => (await streams()).decide(name, decision, shardId),
    quarantined: async (name) => (await streams()).quarantined(name),
    replay: async (name, recordId) => (await streams()).replay(name, recordId),
  };
}

/** What is set of functions, and what of them runs. */
function viewFunctions({ ports, delivery }: Parts): FunctionAnswers {
  return {
    accountConcurrency: ports.functions.accountConcurrency,
    settings: () =>
      ports.store.transact(async (tx) => {
        const found: FunctionSettings[] = [];
        for await (const [id, record] of everyFunction(tx)) found.push(settingsOf(id, record));
        return found;
      }),
    async executions() {
      return (await delivery()).executions().map(({ version, invocation, source, sourceArn, startMs }) => ({
        functionName: version.name,
        version: version.version,
        requestId: invocation.requestId,
        traceId: invocation.trace.root,
        origin: sourceArn ?? source,
        startMs,
        phase: "handler",
      }));
    },
  };
}

function settingsOf(id: FunctionId, record: FunctionRecord): FunctionSettings {
  const { latest, reservedConcurrency, provisionedConcurrency } = record;
  return {
    ...id,
    runtime: latest.runtime,
    memoryMb: latest.memoryMb,
    timeoutMs: latest.timeoutSeconds * 1_000,
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
    ...(provisionedConcurrency ? { provisionedConcurrency } : {}),
  };
}

/** What the console tells of deliveries, and does. */
function viewDeliveries({ ports, lifecycle, observe, delivery }: Parts): Deliveries {
  const { store, ids, clock, functions } = ports;
  return {
    throttles: async (sinceMs, name) => reportThrottles(await (await delivery()).throttles(sinceMs), name),
    loops: (query) => findLoops(observe, query),
    replay: createReplay({
      clock,
      ids,
      lifecycle,
      observe,
      recorder: observe.recorder,
      invoke: functions.invoke,
      resolve: (functionArn) => resolveFunction(store, functionArn, ids.fraction),
    }),
  };
}
