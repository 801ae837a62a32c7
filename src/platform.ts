import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Blobs } from "./blobs/blobs.ts";
import { createDiskBlobs } from "./blobs/disk.ts";
import { type ChaosControl, createChaos } from "./chaos/chaos.ts";
import { parseRule } from "./chaos/rules.ts";
import { type Config, dataLayout } from "./config.ts";
import type { Console } from "./console/console.ts";
import { openGateway } from "./gateway/gateway.ts";
import type { Gateway, GatewayService } from "./gateway/options.ts";
import { type Clock, createClock } from "./kernel/clock.ts";
import { Fault, platformFault, UserError } from "./kernel/faults.ts";
import { createIds, type Ids } from "./kernel/ids.ts";
import { Lifecycle } from "./kernel/lifecycle.ts";
import { createLog, type Log } from "./kernel/log.ts";
import { once } from "./kernel/once.ts";
import { Room } from "./kernel/room.ts";
import type { Exporter } from "./observe/export/exporter.ts";
import { createObserve, type Observe } from "./observe/observe.ts";
import { openExport } from "./platform-export.ts";
import { type FunctionsRoom, openFunctions } from "./platform-functions.ts";
import { openMetrics } from "./platform-metrics.ts";
import { createResourceTypes } from "./platform-resources.ts";
import { createSites } from "./platform-sites.ts";
import { openSources } from "./platform-sources.ts";
import { readJsonInput, readProperties } from "./protocol/json-input.ts";
import { compileModel } from "./protocol/model.ts";
import type { ServiceModel } from "./protocol/protocol.ts";
import type { AnyService, Credentials, Inputs, Ports } from "./services/define.ts";
import { createDispatch, type Dispatch } from "./services/dispatch.ts";
import { createSigners } from "./services/iam/signers.ts";
import { SERVICES } from "./services/index.ts";
import { createCredentials } from "./services/sts/credentials.ts";
import { createPrincipals } from "./services/sts/principals.ts";
import { createMemoryStore } from "./store/drivers/memory.ts";
import type { Store } from "./store/store.ts";

/** A running platform. */
export interface Platform {
  /** `http://localhost:<port>` */
  readonly endpoint: string;
  readonly port: number;
  /** Resolves when a client asked the platform to stop. */
  readonly stopRequested: Promise<void>;
  /** Resolves when nothing is in flight and nothing is due. */
  idle(): Promise<void>;
  /** Faults on purpose: who is struck, how often and for how long. */
  readonly chaos: ChaosControl;
  /** Forgets everything; for an ephemeral platform. */
  reset(): Promise<void>;
  /** Stops taking requests, ends the functions, closes the store. */
  close(): Promise<void>;
}

/** Parts that a test may bring itself. */
export interface PlatformParts {
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Wraps the store: a test's way to make it misbehave. */
  readonly wrapStore?: (store: Store) => Store;
  /** Names this platform among those that share a store. */
  readonly holder?: string;
}

interface Base {
  readonly config: Config;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
}

/** What is kept: closed last, the store after all that writes to it. */
interface Keeping {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly observe: Observe;
  readonly functionsFolder: string;
  readonly tlsFolder: string;
  /** Where the platform was asked to send what it sees. */
  readonly exporter: Exporter | undefined;
}

const SWEEP_AFTER_MS = 60_000;
/** Bytes lie without a record for as long as their request takes. */
const SWEEP_OLDER_THAN_MS = 3_600_000;

/** Opens and wires everything. The only file that knows all parts. Throws UserError. */
export async function createPlatform(config: Config, parts: PlatformParts = {}): Promise<Platform> {
  const base: Base = {
    config,
    clock: parts.clock ?? createClock(),
    ids: parts.ids ?? createIds(),
    log: createLog(config.logLevel, (line) => void process.stderr.write(line)),
    lifecycle: new Lifecycle(),
  };
  const close = () =>
    base.lifecycle.close((name, error) => base.log.error(`closing the ${name} failed`, { error }));
  try {
    return await open(base, parts, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(base: Base, parts: PlatformParts, close: () => Promise<void>): Promise<Platform> {
  const { config, clock, ids, lifecycle } = base;
  const keeping = await openKeeping(base, parts);
  const { store, blobs, observe, exporter } = keeping;
  const credentials = await createCredentials(store, ids, config.accessKeys);

  // Compute and delivery need the gateway's address and the services, which need them: both are asked late.
  const late: { gateway?: Gateway; dispatch?: Dispatch } = {};
  const endpoint = () => late.gateway?.endpoint ?? "";
  const chaos = openChaos(base, keeping);
  const asked = { endpoint, dispatch: () => late.dispatch };
  const { metrics, totals } = openMetrics({ ...base, store, lines: observe.lines, exporter });
  const compute = openFunctions({ ...base, ...keeping, credentials, chaos, metrics, ...asked });
  const { functions } = compute;
  const { recorder, lines } = observe;
  const kept = { clock, ids, log: base.log, store, blobs, recorder, lines, traces: observe, metrics };
  const { capacity, policies, lagMs, fidelity } = config;
  const settings = { capacity, policies, lagMs, fidelity };
  const tables = { inputs: openInputs(asked.dispatch), resourceTypes: createResourceTypes(SERVICES, config) };
  const ports: Ports = { ...kept, ...settings, ...tables, functions, credentials, chaos };
  const begin = () => lifecycle.begin();
  const dispatch = createDispatch(SERVICES, ports, { signal: lifecycle.signal, begin, endpoint });
  late.dispatch = dispatch;
  const sources = openSources({ ...ports, lifecycle, dispatch, endpoint, holder: parts.holder });
  lifecycle.onClose("event sources", async () => {
    await Promise.all([sources.stop(), compute.close()]);
  });

  let askToStop = () => {};
  const stopRequested = new Promise<void>((resolve) => {
    askToStop = resolve;
  });
  const reset = async () => {
    metrics.clear();
    chaos.reset();
    await forgetAll(keeping, compute);
  };
  const acts = { endpoint, reset, stop: askToStop, startedMs: clock.monotonic(), totals, exporter };
  const console = once(async () => {
    const { openConsole } = await import("./platform-console.ts");
    const { delivery } = compute;
    const { streams } = sources;
    return openConsole({ ...acts, config, ports, lifecycle, observe, chaos, delivery, streams });
  });
  const gateway = await openFront(base, keeping, credentials, dispatch, async (request) =>
    (await console())(request),
  );
  late.gateway = gateway;
  compute.start();
  sources.start();
  resume(base, dispatch);
  sweepLater(base, keeping, dispatch);
  return {
    endpoint: gateway.endpoint,
    port: gateway.port,
    stopRequested,
    chaos,
    reset,
    close,
    async idle() {
      do {
        await lifecycle.settled();
        await compute.settled();
        // One piece of work may end a moment before what follows from it begins.
        await new Promise((resolve) => setImmediate(resolve));
      } while (lifecycle.inFlight > 0);
    },
  };
}

/** Has the services go on with what they left to be done. */
function resume({ lifecycle, log }: Base, dispatch: Dispatch): void {
  const resumed = dispatch.resume().catch((error: unknown) => {
    if (!lifecycle.signal.aborted) log.error("the services' work could not go on", { error });
  });
  lifecycle.onClose("background work", async () => {
    await resumed;
    await dispatch.ended();
  });
}

function openChaos({ config, clock, ids }: Base, { observe }: Keeping): ChaosControl {
  try {
    return createChaos({ clock, ids, recorder: observe.recorder, rules: config.chaos.map(parseRule) });
  } catch (error) {
    if (error instanceof Fault) throw new UserError(error.message);
    throw error;
  }
}

/** Twice: no event may start another function, and no function write into what comes after. */
async function forgetAll({ store, blobs, observe }: Keeping, compute: FunctionsRoom): Promise<void> {
  await store.clear();
  await compute.reset();
  await Promise.all([store.clear(), blobs.clear(), observe.clear()]);
}

/** Once it has been up for a while, the platform deletes what a crash left behind. */
function sweepLater({ config, clock, log }: Base, { blobs }: Keeping, { holdsBlob }: Dispatch): void {
  if (config.data === undefined) return;
  clock.at(clock.now() + SWEEP_AFTER_MS, () => {
    blobs.sweep(holdsBlob, SWEEP_OLDER_THAN_MS).then(
      (count) => log.info("swept blobs that nothing refers to", { count }),
      (error: unknown) => log.warn("the sweep of blobs failed", { error }),
    );
  });
}

/** Decisions 4 and 12: what is not acknowledged is kept in batches. */
const AFTER_A_KILL =
  "The platform was killed when it ran last. Nothing that it had acknowledged is lost. Of traces, logs " +
  "and errors its last second may be missing, and its last minute of what CloudWatch counts of services.";

async function openKeeping(
  { config, clock, ids, log, lifecycle }: Base,
  parts: PlatformParts,
): Promise<Keeping> {
  const { durability } = config;
  const folder = config.data ?? (await mkdtemp(join(tmpdir(), "nuage-")));
  const layout = dataLayout(folder);
  if (config.data === undefined) {
    lifecycle.onClose("temporary folder", () => rm(folder, { recursive: true, force: true }));
  } else {
    await makeFolder(folder);
  }
  const room = new Room({ folder, warn: (sentence) => log.warn(sentence) });
  const opened =
    config.data === undefined ? createMemoryStore() : await openKept(layout.store, durability, room, log);
  lifecycle.onClose("store", () => opened.close());
  const store = parts.wrapStore?.(opened) ?? opened;
  const blobs = await createDiskBlobs({ folder: layout.blobs, durability, ids, room });
  lifecycle.onClose("blobs", () => blobs.close());
  const kept = createObserve({
    clock,
    log,
    file: layout.telemetry,
    lazy: config.data === undefined,
    redact: config.redact.map((pattern) => new RegExp(pattern, "i")),
  });
  lifecycle.onClose("telemetry", () => kept.close());
  const { observe, exporter } = await openExport({ config, clock, ids, log, lifecycle }, kept);
  const functionsFolder =
    config.data === undefined ? join(folder, "functions") : await openFunctionsFolder(folder);
  return { store, blobs, observe, functionsFolder, tlsFolder: layout.tls, exporter };
}

/**
 * Where functions' code is unpacked: outside the project, whose node_modules a function would find by
 * walking up, and then miss on AWS. All in it can be made again.
 */
async function openFunctionsFolder(data: string): Promise<string> {
  const mark = createHash("sha256").update(data).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), `nuage-functions-${mark}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // The name can be guessed: a folder of another user, or a link to elsewhere, is not this platform's.
  const found = await lstat(folder);
  return found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid())
    ? folder
    : mkdtemp(join(tmpdir(), "nuage-functions-"));
}

/** The driver is loaded only where it is used: an ephemeral platform starts without it. */
async function openKept(
  folder: string,
  durability: Config["durability"],
  room: Room,
  log: Log,
): Promise<Store> {
  const { hasLock, openLmdbStore } = await import("./store/drivers/lmdb.ts");
  // Who runs still is refused below.
  const wasKilled = hasLock(folder);
  const store = await openLmdbStore({ folder, durability, room });
  if (wasKilled) log.warn(AFTER_A_KILL);
  return store;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (error) {
    throw new UserError(`the data folder ${folder} cannot be made (${codeOf(error)}).`);
  }
}

/** Not `mkdir`'s own recursion: below `/proc`, where nothing can be made, Node 20 never comes back. */
async function makeFolders(folder: string): Promise<void> {
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return;
  if (dirname(folder) !== folder) await makeFolders(dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
}

async function openCertificate(folder: string, { config, clock }: Base) {
  const { openTls } = await import("./platform-tls.ts");
  return openTls(folder, config.region, clock);
}

async function openFront(
  base: Base,
  { store, observe, tlsFolder }: Keeping,
  credentials: Credentials,
  dispatch: Dispatch,
  admin: Console,
): Promise<Gateway> {
  const { config, clock, ids, log, lifecycle } = base;
  const tls = config.tls ? await openCertificate(tlsFolder, base) : undefined;
  const gateway = await openGateway({
    host: config.host,
    port: config.port,
    auth: config.auth,
    defaults: { account: config.account, region: config.region },
    services: new Map(SERVICES.map((service) => [service.id, gatewayService(service, dispatch)])),
    sites: createSites(SERVICES, dispatch, store),
    identities: createPrincipals(credentials, config, createSigners(store)),
    admin,
    corsRules: async (bucket) => (await import("./services/s3/service.ts")).corsRulesOf(store, bucket),
    clock,
    ids,
    log,
    lifecycle,
    recorder: observe.recorder,
    debug: config.debugRequest,
    ...(tls && { tls }),
  });
  lifecycle.onClose("gateway", () => gateway.close());
  return gateway;
}

function gatewayService(service: AnyService, dispatch: Dispatch): GatewayService {
  const { id, wire } = service;
  return {
    id,
    wire,
    async open() {
      const [model, { constraints }] = await Promise.all([modelOf(service), dispatch.open(service)]);
      return { model, constraints, handler: (operation) => dispatch.operation(id, operation) };
    },
  };
}

const models = new WeakMap<AnyService, Promise<ServiceModel>>();

function modelOf(service: AnyService): Promise<ServiceModel> {
  const known = models.get(service);
  if (known) return known;
  const model = service.load().then((sdk) => compileModel(service.id, service.wire, sdk));
  models.set(service, model);
  return model;
}

function openInputs(dispatch: () => Dispatch | undefined): Inputs {
  const reading = (read: typeof readJsonInput) => async (id: string, name: string, json: unknown) => {
    const service = SERVICES.find((each) => each.id === id);
    const operation = service && (await modelOf(service)).operations.get(name);
    const opened = service && (await dispatch()?.open(service));
    if (operation && opened) return read(operation, opened.constraints, json);
    throw platformFault("NotImplemented", `${id}.${name} is not part of this platform.`);
  };
  return { read: reading(readJsonInput), readProperties: reading(readProperties) };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
