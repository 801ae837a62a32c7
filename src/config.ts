import { join, resolve } from "node:path";
import { UserError } from "./kernel/faults.ts";
import type { LogLevel } from "./kernel/log.ts";
import { type OtlpGiven, type OtlpTarget, readOtlpTarget } from "./kernel/otlp-target.ts";
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from "./kernel/scope.ts";

/** Every option of the platform. Nothing but this file reads the environment. */
export interface Config {
  /** Loopback by default: functions run here with the user's rights, so no one else may call. */
  readonly host: string;
  /** 4566 is where the field's tools look; 0 takes a free port. */
  readonly port: number;
  /** Where everything is kept, or undefined for a platform that forgets (memory and a temporary folder). */
  readonly data: string | undefined;
  readonly region: string;
  /** Of access keys that are not 12 digits themselves. */
  readonly account: string;
  readonly durability: "process" | "disk";
  /** accept: any signature will do. verify: signatures must be right. */
  readonly auth: "accept" | "verify";
  /** Access keys that verify accepts besides those the platform issues: key id to secret. */
  readonly accessKeys: Readonly<Record<string, string>>;
  readonly logLevel: LogLevel | "silent";
  /** HTTPS on the same port, with a certificate made here. */
  readonly tls: boolean;
  /** Prints what each step of the gateway changed. */
  readonly debugRequest: boolean;
  /** Stops function processes between invocations, as AWS does; off only for debugging. */
  readonly freeze: boolean;
  /** What exceeding a table's throughput comes to: nothing, a record of it, or a throttle as on AWS. */
  readonly capacity: "off" | "observe" | "enforce";
  /** Events take their time, as on AWS: sources are read on its beat, and schedules are within the minute. */
  readonly fidelity: boolean;
  /** How far eventually consistent reads of tables, and replicas, lag behind what was written; 0: not. */
  readonly lagMs: number;
  /** What all functions of an account may run at once in a Region. */
  readonly accountConcurrency: number;
  /** Names of members of events, as regular expressions, whose values are masked before they are kept. */
  readonly redact: readonly string[];
  /**
   * What a queue's or topic's policy does not let in: told, or refused as on AWS. Whom a role does not trust
   * is refused with the latter, and let in otherwise.
   */
  readonly policies: "observe" | "enforce";
  /** Resources of kinds that the platform does not have are left out of stacks, not refused. */
  readonly allowUnsupported: boolean;
  /** Faults on purpose that hold from the start: `duplicate=0.01`, `throttle dynamodb.PutItem=0.1`. */
  readonly chaos: readonly string[];
  /** Where traces, metrics and logs are sent; nothing is sent anywhere unless a user says so. */
  readonly otlp: OtlpTarget | undefined;
}

const DEFAULT_PORT = 4566;
const MOST_LAG_MS = 3_600_000;

const DEFAULTS: Config = {
  host: "127.0.0.1",
  port: DEFAULT_PORT,
  data: ".nuage",
  region: DEFAULT_REGION,
  account: DEFAULT_ACCOUNT,
  durability: "process",
  auth: "accept",
  accessKeys: { test: "test" },
  logLevel: "warn",
  tls: false,
  debugRequest: false,
  freeze: true,
  capacity: "observe",
  fidelity: false,
  lagMs: 0,
  accountConcurrency: 1000,
  redact: [],
  policies: "observe",
  allowUnsupported: false,
  chaos: [],
  otlp: undefined,
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration: defaults, then the environment, then `flags`. Refuses what makes no sense. */
export function readConfig(flags: Partial<Config> = {}, environment: Environment = process.env): Config {
  const config: Config = { ...DEFAULTS, ...fromEnvironment(environment), ...flags };
  if (!Number.isInteger(config.port) || config.port < 0 || config.port > 65_535) {
    throw new UserError("The port must be a number from 0 to 65535.");
  }
  if (!/^\d{12}$/.test(config.account)) throw new UserError("An account id has 12 digits.");
  if (!/^[a-z]{2}(-[a-z]+)+-\d+$/.test(config.region)) {
    throw new UserError(`"${config.region}" is not the name of a region, such as us-east-1.`);
  }
  if (!Number.isInteger(config.accountConcurrency) || config.accountConcurrency < 1) {
    throw new UserError("The account's concurrency is a whole number from 1.");
  }
  if (!(config.lagMs >= 0 && config.lagMs <= MOST_LAG_MS)) {
    throw new UserError("The lag of reads is off, or a number of milliseconds up to an hour.");
  }
  for (const pattern of config.redact) checkPattern(pattern);
  return config.data === undefined ? config : { ...config, data: resolve(config.data) };
}

function checkPattern(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch {
    throw new UserError(`"${pattern}" is no regular expression for the names of what is to be masked.`);
  }
}

function fromEnvironment(environment: Environment): Partial<Config> {
  return {
    ...(environment.NUAGE_PORT ? { port: Number(environment.NUAGE_PORT) } : {}),
    ...(environment.NUAGE_DATA ? { data: environment.NUAGE_DATA } : {}),
    ...(environment.NUAGE_DEBUG_REQUEST === "1" ? { debugRequest: true } : {}),
  };
}

/** The collector that a user names, or that the environment does where the user says so. */
export function readOtlp(given: OtlpGiven, environment: Environment = process.env): OtlpTarget {
  return readOtlpTarget(given, environment);
}

/** Where a command finds the running platform. */
export function readEndpoint(flag: string | undefined, environment: Environment = process.env): string {
  const port = environment.NUAGE_PORT ?? DEFAULT_PORT;
  return (flag ?? environment.NUAGE_ENDPOINT ?? `http://localhost:${port}`).replace(/\/$/, "");
}

/** The files below the data folder. */
export function dataLayout(folder: string) {
  return {
    store: join(folder, "store"),
    blobs: join(folder, "blobs"),
    telemetry: join(folder, "telemetry.duckdb"),
    tls: join(folder, "tls"),
  };
}

/** Whether a terminal wants colours: https://no-color.org */
export function wantsColour(isTerminal: boolean, environment: Environment = process.env): boolean {
  return isTerminal && !environment.NO_COLOR;
}

/** Who `nuage aws` is, as the AWS SDKs read it from the environment. */
export function readClientIdentity(environment: Environment = process.env) {
  return {
    region: environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? DEFAULT_REGION,
    accessKeyId: environment.AWS_ACCESS_KEY_ID ?? "test",
    secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? "test",
    ...(environment.AWS_SESSION_TOKEN ? { sessionToken: environment.AWS_SESSION_TOKEN } : {}),
  };
}
