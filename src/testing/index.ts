import { type RuleInput as ChaosRule, readRule } from "../chaos/rules.ts";
import { type Config, readConfig, readOtlp } from "../config.ts";
import { createVirtualClock, type VirtualClock } from "../kernel/clock.ts";
import { createIds, seededBytes } from "../kernel/ids.ts";
import type { OtlpGiven } from "../kernel/otlp-target.ts";
import { createPlatform, type Platform, type PlatformParts } from "../platform.ts";
import { createInsight, type Insight } from "./insight.ts";
import { type ReportFiles, writeReport } from "./report/report.ts";

/** A platform inside the test's own process: ephemeral, on a free port, with a clock to turn. */
export interface Nuage extends AsyncDisposable, Insight {
  /** `http://localhost:<port>`, for any client. */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly account: string;
  /** The platform's time. It flows like the wall clock; `advance` jumps ahead. */
  readonly clock: VirtualClock;
  /** An AWS SDK v3 client of the class given, ready to use; it is destroyed with the platform. */
  client<Client extends SdkClient>(type: new (config: ClientConfig) => Client): Client;
  /**
   * Turns the clock, by milliseconds or by `7 hours`: everything that falls due on the way happens, in order,
   * and has come to rest.
   */
  advance(duration: number | string): Promise<void>;
  /** Resolves when nothing is in flight and nothing is due. Retries of the future are not waited for. */
  idle(): Promise<void>;
  /**
   * Has things go wrong on purpose, until it is stopped:
   * `nuage.chaos({ kind: "throttle", target: "dynamodb.PutItem", rate: 0.2 })`.
   */
  chaos(rule: ChaosRule): Chaos;
  /**
   * Writes what there is to say of all that happened, for people and for CI, with the same in both: errors,
   * warnings, and how the functions ran. `nuage.report({ html: "report.html", junit: "report.xml" })`.
   */
  report(files: ReportFiles): Promise<void>;
  /** Forgets everything: buckets, functions, queues, logs. The clock keeps its time. */
  reset(): Promise<void>;
  /** Stops the platform and its functions. */
  stop(): Promise<void>;
}

export type { ChaosRule, OtlpGiven };

export interface NuageOptions {
  readonly region?: string;
  readonly account?: string;
  readonly auth?: "accept" | "verify";
  /** A folder to keep everything in, for tests of restarts; without it nothing is kept. */
  readonly data?: string;
  readonly logLevel?: Config["logLevel"];
  /** Whether tables throttle (enforce), or only record that they would have (observe, the default). */
  readonly capacity?: Config["capacity"];
  /**
   * Has events take their time, as on AWS: streams are read on its beat, batches of queues are looked at when
   * a long poll ends, S3 and EventBridge take a while, schedules are within their minute. `advance` over it.
   */
  readonly fidelity?: boolean;
  /**
   * How many milliseconds eventually consistent reads of tables, their global indexes, and replicas lag
   * behind what was written; off when absent. `advance` brings what was written to light.
   */
  readonly lag?: "off" | number;
  /** What all functions of an account may run at once; 1,000 as on AWS when absent. */
  readonly accountConcurrency?: number;
  /**
   * Makes the platform's ids and its chance the same in every run, and with them the order of things as far
   * as the platform decides it.
   */
  readonly seed?: number | string;
  /** Names of members of events, as regular expressions, whose values are masked before they are kept. */
  readonly redact?: readonly string[];
  /**
   * Whether what a queue's or topic's policy does not let in is told (observe, the default) or refused; with
   * enforce roles are assumed by those alone whom they trust.
   */
  readonly policies?: Config["policies"];
  /** Resources of kinds that the platform does not have are left out of stacks; refused when absent. */
  readonly allowUnsupported?: boolean;
  /** Faults on purpose that hold from the start, as `nuage start --chaos` takes them. */
  readonly chaos?: readonly string[];
  /**
   * A collector of OpenTelemetry to send traces, metrics and logs to: its address, such as
   * `http://localhost:4318`, or that with headers, protocol, compression and signals. All is there once the
   * platform has stopped; minutes of metrics when `advance` has ended them.
   */
  readonly otlp?: string | OtlpGiven;
  /** Parts of the platform to replace, such as its store. */
  readonly parts?: PlatformParts;
}

/** A fault on purpose that was set. */
export interface Chaos {
  /** How often it has struck. */
  strikes(): number;
  stop(): void;
}

interface SdkClient {
  destroy(): void;
}

/** What every SDK client needs to reach the platform. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly forcePathStyle: boolean;
  /** Some operations put a word before the host's name, as StartLiveTail does: here is one host for all. */
  readonly disableHostPrefix: boolean;
}

/**
 * Starts a platform for a test:
 *
 *     const nuage = await startNuage();
 *     const s3 = nuage.client(S3Client);
 *     await s3.send(new PutObjectCommand({ Bucket: "photos", Key: "a.jpg", Body: photo }));
 *     await nuage.idle();
 */
export async function startNuage(options: NuageOptions = {}): Promise<Nuage> {
  const config = readConfig(
    {
      port: 0,
      data: options.data,
      logLevel: options.logLevel ?? "warn",
      ...(options.region === undefined ? {} : { region: options.region }),
      ...(options.account === undefined ? {} : { account: options.account }),
      ...(options.capacity === undefined ? {} : { capacity: options.capacity }),
      ...(options.fidelity === undefined ? {} : { fidelity: options.fidelity }),
      ...(options.lag === undefined ? {} : { lagMs: options.lag === "off" ? 0 : options.lag }),
      ...(options.accountConcurrency === undefined ? {} : { accountConcurrency: options.accountConcurrency }),
      ...(options.redact === undefined ? {} : { redact: options.redact }),
      ...(options.policies === undefined ? {} : { policies: options.policies }),
      ...(options.allowUnsupported === undefined ? {} : { allowUnsupported: options.allowUnsupported }),
      ...(options.chaos === undefined ? {} : { chaos: options.chaos }),
      ...(options.auth === undefined ? {} : { auth: options.auth }),
      ...(options.otlp === undefined ? {} : { otlp: otlpOf(options.otlp) }),
    },
    {},
  );
  let platform: Platform | undefined;
  const clock = createVirtualClock(async () => platform?.idle());
  const running = await createPlatform(config, {
    clock,
    ...(options.seed === undefined ? {} : { ids: createIds(seededBytes(options.seed)) }),
    ...options.parts,
  });
  platform = running;
  const insight = createInsight(running.endpoint, clock.now());
  const clients: SdkClient[] = [];
  const stop = async () => {
    for (const client of clients.splice(0)) client.destroy();
    await running.close();
  };
  return {
    endpoint: running.endpoint,
    port: running.port,
    region: config.region,
    account: config.account,
    clock,
    client(type) {
      const client = new type({
        endpoint: running.endpoint,
        region: config.region,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        forcePathStyle: true,
        disableHostPrefix: true,
      });
      clients.push(client);
      return client;
    },
    advance: (duration) => clock.advance(duration),
    idle: () => running.idle(),
    chaos(rule) {
      const set = running.chaos.add(readRule(rule));
      return { strikes: () => set.strikes, stop: () => void running.chaos.remove(set.id) };
    },
    ...insight,
    report: (files) => writeReport(insight, files, clock.now()),
    reset: () => running.reset(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function otlpOf(given: string | OtlpGiven) {
  return readOtlp(typeof given === "string" ? { url: given } : given, {});
}
