import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Blobs } from "./blobs/blobs.ts";
import { createDiskBlobs } from "./blobs/disk.ts";
import { type ChaosControl, createChaos } from "./chaos/chaos.ts";
import { parseRule, readRule } from "./chaos/rules.ts";
import type { Compute } from "./compute/compute.ts";
import { type Config, dataLayout } from "./config.ts";
import { type AdminOptions, createAdmin } from "./console/admin.ts";
import { type Console, createConsole } from "./console/console.ts";
import type { Deliveries } from "./console/deliveries.ts";
import type { StreamsAnswers } from "./console/streams.ts";
import { openGateway } from "./gateway/gateway.ts";
import type { Gateway, GatewayService } from "./gateway/options.ts";
import { type Clock, createClock } from "./kernel/clock.ts";
import { Fault, platformFault, UserError } from "./kernel/faults.ts";
import { createIds, type Ids } from "./kernel/ids.ts";
import { Lifecycle } from "./kernel/lifecycle.ts";
import { createLog, type Log } from "./kernel/log.ts";
import { createMetrics } from "./kernel/metrics.ts";
import { createObserve, type Observe } from "./observe/observe.ts";
import { openFunctions } from "./platform-functions.ts";
import { openSources } from "./platform-sources.ts";
import { readJsonInput } from "./protocol/json-input.ts";
import { compileModel } from "./protocol/model.ts";
import type { ServiceModel } from "./protocol/protocol.ts";
import type { AnyService, Credentials, Inputs, Ports } from "./services/define.ts";
import { createDispatch, type Dispatch } from "./services/dispatch.ts";
import { reportOn } from "./services/dynamodb/capacity/report.ts";
import { SERVICES } from "./services/index.ts";
import { downloadCode } from "./services/lambda/download.ts";
import { corsRulesOf } from "./services/s3/cors.ts";
import { lettersOf } from "./services/sns/reading-letters.ts";
import { certificateAt } from "./services/sns/signing.ts";
import { createCredentials } from "./services/sts/credentials.ts";
import { createPrincipals } from "./services/sts/principals.ts";
import { createMemoryStore } from "./store/drivers/memory.ts";
import type { Store } from "./store/store.ts";
import { VERSION } from "./version.ts";

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
  const { store, blobs, observe } = keeping;
  const credentials = await createCredentials(store, ids, config.accessKeys);

  // Compute and delivery need the gateway's address and the services, which need them: both are asked late.
  const late: { gateway?: Gateway; dispatch?: Dispatch } = {};
  const endpoint = () => late.gateway?.endpoint ?? "";
  const chaos = openChaos(base, keeping);
  const asked = { endpoint, dispatch: () => late.dispatch };
  const metrics = createMetrics();
  const opened = openFunctions({ ...base, ...keeping, credentials, chaos, metrics, ...asked });
  const { compute, delivery, functions, deliveries } = opened;
  const { recorder, lines } = observe;
  const kept = { log: base.log, store, blobs, recorder, lines, metrics };
  const { capacity, policies, lagMs } = config;
  const settings = { capacity, policies, lagMs };
  const ports: Ports = { clock, ids, ...kept, functions, credentials, inputs, ...settings, chaos };
  const dispatch = createDispatch(SERVICES, ports);
  late.dispatch = dispatch;
  const sources = openSources({ ...ports, lifecycle, dispatch, endpoint });
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
  const controls: Controls = { chaos, deliveries, streams: sources.streams };
  const gateway = await openFront(base, keeping, credentials, dispatch, {
    admin: openAdmin(base, keeping, ports, controls, { endpoint, reset, stop: askToStop }),
  });
  late.gateway = gateway;
  delivery.start();
  sources.start();
  const background = dispatch.startBackground({
    signal: lifecycle.signal,
    begin: () => lifecycle.begin(),
    endpoint,
  });
  lifecycle.onClose("background work", () => background);
  sweepLater(base, keeping);
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
        await delivery.settled();
      } while (lifecycle.inFlight > 0);
    },
  };
}

/** What people may ask and decide through the console. */
interface Controls {
  readonly chaos: ChaosControl;
  readonly deliveries: Deliveries;
  readonly streams: StreamsAnswers;
}

/** The platform's own addresses, with the console's behind them. */
function openAdmin(
  { config, clock }: Base,
  { store, blobs, observe }: Keeping,
  ports: Ports,
  { chaos, deliveries, streams }: Controls,
  acts: Pick<AdminOptions, "endpoint" | "reset" | "stop">,
): Console {
  const { account, region, data } = config;
  return createAdmin({
    ...acts,
    account,
    region,
    data,
    clock,
    version: VERSION,
    services: SERVICES.map(({ id }) => id),
    code: (path) => downloadCode(store, blobs, path),
    certificate: (path) => certificateAt(store, path),
    console: createConsole({
      observe,
      clock,
      defaults: { account, region },
      tables: (scope, name) => reportOn(ports, scope, name),
      chaos: { ...chaos, add: (rule) => chaos.add(readRule(rule)) },
      letters: lettersOf(ports),
      deliveries,
      streams,
    }),
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
async function forgetAll({ store, blobs, observe }: Keeping, compute: Compute): Promise<void> {
  await store.clear();
  await compute.reset();
  await Promise.all([store.clear(), blobs.clear(), observe.clear()]);
}

/** Once it has been up for a while, the platform deletes what a crash left behind. */
function sweepLater({ config, clock, log }: Base, { store, blobs }: Keeping): void {
  if (config.data === undefined) return;
  const held = async (blob: string) => {
    for (const { holdsBlob } of SERVICES) if (await holdsBlob?.(store, blob)) return true;
    return false;
  };
  clock.at(clock.now() + SWEEP_AFTER_MS, () => {
    blobs.sweep(held, SWEEP_OLDER_THAN_MS).then(
      (count) => log.info("swept blobs that nothing refers to", { count }),
      (error: unknown) => log.warn("the sweep of blobs failed", { error }),
    );
  });
}

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
  const opened = config.data === undefined ? createMemoryStore() : await openKept(layout.store, durability);
  lifecycle.onClose("store", () => opened.close());
  const store = parts.wrapStore?.(opened) ?? opened;
  const blobs = await createDiskBlobs({ folder: layout.blobs, durability, ids });
  lifecycle.onClose("blobs", () => blobs.close());
  const observe = createObserve({
    clock,
    log,
    file: layout.telemetry,
    lazy: config.data === undefined,
    redact: config.redact.map((pattern) => new RegExp(pattern, "i")),
  });
  lifecycle.onClose("telemetry", () => observe.close());
  const functionsFolder =
    config.data === undefined ? join(folder, "functions") : await openFunctionsFolder(folder);
  return { store, blobs, observe, functionsFolder };
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
async function openKept(folder: string, durability: Config["durability"]): Promise<Store> {
  const { openLmdbStore } = await import("./store/drivers/lmdb.ts");
  return openLmdbStore({ folder, durability });
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

async function openFront(
  base: Base,
  { store, observe }: Keeping,
  credentials: Credentials,
  dispatch: Dispatch,
  { admin }: { admin: Console },
): Promise<Gateway> {
  const { config, clock, ids, log, lifecycle } = base;
  const gateway = await openGateway({
    host: config.host,
    port: config.port,
    auth: config.auth,
    defaults: { account: config.account, region: config.region },
    services: new Map(SERVICES.map((service) => [service.id, gatewayService(service, dispatch)])),
    identities: createPrincipals(credentials, config.account),
    admin,
    corsRules: (bucket) => corsRulesOf(store, bucket),
    clock,
    ids,
    log,
    lifecycle,
    recorder: observe.recorder,
    debug: config.debugRequest,
  });
  lifecycle.onClose("gateway", () => gateway.close());
  return gateway;
}

function gatewayService(service: AnyService, dispatch: Dispatch): GatewayService {
  return {
    id: service.id,
    wire: service.wire,
    constraints: service.constraints ?? {},
    model: () => modelOf(service),
    handler: (operation) => dispatch.operation(service.id, operation),
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

const inputs: Inputs = {
  async read(id, name, json) {
    const service = SERVICES.find((each) => each.id === id);
    const operation = service && (await modelOf(service)).operations.get(name);
    if (!operation) throw platformFault("NotImplemented", `${id}.${name} is not part of this platform.`);
    return readJsonInput(operation, service.constraints ?? {}, json);
  },
};

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
