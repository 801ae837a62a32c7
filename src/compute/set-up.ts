import { mkdirSync } from "node:fs";
import { Fault } from "../kernel/faults.ts";
import type { FunctionVersion } from "../kernel/functions.ts";
import type { Unpacked } from "./code.ts";
import type { Crew } from "./extensions/crew.ts";
import { answerExtension } from "./extensions/requests.ts";
import type { EnvironmentLog } from "./log.ts";
import type { Machinery } from "./machinery.ts";
import { timedOut, unstartable } from "./outcome.ts";
import type { RuntimeProcess } from "./process.ts";
import type { Initialisation } from "./record.ts";
import type { InitializationType } from "./report.ts";
import { RuntimeApi } from "./runtime-api.ts";
import { runtimeKind } from "./runtimes.ts";
import { environmentVariables, initHead, needsOwnStart } from "./variables.ts";

/** What came of an init. */
export type Initialised = Omit<Initialisation, "startMs">;

export interface SetUpFacts {
  readonly version: FunctionVersion;
  readonly initializationType: InitializationType;
  readonly log: EnvironmentLog;
  readonly temporaryFolder: string;
  readonly crew: Crew;
  readonly requestId: string;
  readonly limitMs: number;
}

/** A process that can be told to load the function, and what it is told. */
export interface Ready {
  readonly process: RuntimeProcess;
  readonly head: object;
  /** When the code was there and the init began: of the clock that counts durations. */
  readonly startedMs: number;
}

/**
 * Gets ready what an environment needs: its own folder and the code on disk, the address of its API, its
 * extensions, which register first, and a process.
 */
export async function setUp(machinery: Machinery, facts: SetUpFacts): Promise<Ready | Initialised> {
  const { clock, log } = machinery.options;
  const { requestId } = facts;
  let startedMs: number | undefined;
  try {
    mkdirSync(facts.temporaryFolder, { recursive: true, mode: 0o700 });
    const unpacked = await machinery.code.unpack(facts.version);
    startedMs = clock.monotonic();
    return { ...(await start(machinery, facts, unpacked)), startedMs };
  } catch (error) {
    const durationMs = startedMs === undefined ? 0 : clock.monotonic() - startedMs;
    if (error instanceof TookTooLong) return { outcome: timedOut(requestId, facts.limitMs), durationMs };
    const message = error instanceof Error ? error.message : String(error);
    const isNamed = error instanceof Error && error.name.includes(".");
    if (!isNamed) log.warn("An environment could not be set up.", { error });
    return { outcome: unstartable(requestId, isNamed ? error.name : "Sandbox.Failure", message), durationMs };
  }
}

/** Extensions used all the time that there was. */
class TookTooLong extends Error {}

async function start(machinery: Machinery, facts: SetUpFacts, unpacked: Unpacked) {
  const { version, crew } = facts;
  const api = await RuntimeApi.open({
    pids: crew.pids,
    serve: (...request) => answerExtension(crew, ...request),
    whenGone: (then) => crew.whenGone(then),
  });
  try {
    const variables = variablesOf(machinery, facts, unpacked);
    const environment = { ...variables, AWS_LAMBDA_RUNTIME_API: api.address };
    const upshot = await crew.muster(unpacked.layersRoot, environment, facts.limitMs);
    if (upshot === "timeout") throw new TookTooLong();
    if (upshot) throw new Fault(upshot.errorType, upshot.message);
    const kind = runtimeKind(version.runtime) ?? "node";
    const own = needsOwnStart(kind, version) ? { environment, version, ...unpacked } : undefined;
    const process = await machinery.pool.take(kind, own, api);
    return { process, head: initHead(version, unpacked, environment, machinery.options.freeze) };
  } catch (error) {
    api.close();
    throw error;
  }
}

function variablesOf(
  { options, code }: Machinery,
  { version, initializationType, log, temporaryFolder }: SetUpFacts,
  unpacked: Unpacked,
): Record<string, string> {
  return environmentVariables({
    version,
    initializationType,
    credentials: options.credentials(version),
    endpoint: options.endpoint(),
    queueEndpoint: options.queueEndpoint(),
    tracing: options.tracing(),
    logStream: log.stream,
    ...unpacked,
    temporaryFolder,
    sdkFolder: code.sdkFolder,
  });
}
