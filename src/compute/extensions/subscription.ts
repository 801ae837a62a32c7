import type { Refusal } from "../runtime-requests.ts";

/** What an extension is told of, in the Telemetry API's words and in those of the older Logs API. */
export type TelemetryType = "platform" | "function" | "extension";

/** Both take subscriptions, and each has events of its own shape. */
export type TelemetryApi = "telemetry" | "logs";

export interface Subscription {
  readonly api: TelemetryApi;
  readonly schemaVersion: string;
  readonly types: readonly TelemetryType[];
  readonly destination: Destination;
  readonly buffering: Buffering;
}

/** Where the extension listens, on this machine. */
export type Destination =
  | {
      readonly protocol: "HTTP";
      readonly port: number;
      readonly path: string;
      readonly method: "POST" | "PUT";
    }
  | { readonly protocol: "TCP"; readonly port: number };

export interface Buffering {
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const SCHEMA_VERSIONS: Readonly<Record<TelemetryApi, readonly string[]>> = {
  telemetry: ["2022-07-01", "2022-12-13", "2025-01-29"],
  logs: ["2020-08-15", "2021-03-18"],
};
const TYPES: readonly TelemetryType[] = ["platform", "function", "extension"];

/** What it is where nothing is said, the least and the most. */
const BUFFERING: Readonly<Record<keyof Buffering, readonly [number, number, number]>> = {
  maxItems: [1000, 1000, 10_000],
  maxBytes: [262_144, 262_144, 1_048_576],
  timeoutMs: [1000, 25, 30_000],
};

/** The sandbox's own name for itself, and this machine's names for itself. */
const HOSTS = ["sandbox.localdomain", "sandbox", "127.0.0.1", "localhost"];

/**
 * What a request asks for, or all that is wrong with it.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
 */
export function subscriptionOf(api: TelemetryApi, body: Buffer): Subscription | Refusal {
  const request = parse(body);
  if (!request) return invalid(["Request body is not a JSON object"]);
  const wrong: string[] = [];
  const {
    schemaVersion = api === "logs" ? "2020-08-15" : undefined,
    types,
    destination,
    buffering,
  } = request;
  const versions = SCHEMA_VERSIONS[api];
  if (!versions.includes(schemaVersion as string)) {
    wrong.push(`schemaVersion should be one of [${versions.join(", ")}]`);
  }
  if (!Array.isArray(types) || types.length === 0) wrong.push("types should not be empty");
  else if (!types.every((type) => TYPES.includes(type))) {
    wrong.push(`types should be of [${TYPES.join(", ")}]`);
  }
  const where = destinationOf(objectOf(destination), wrong);
  const when = bufferingOf(objectOf(buffering), wrong);
  if (wrong.length > 0 || !where) return invalid(wrong);
  const kinds = TYPES.filter((type) => (types as TelemetryType[]).includes(type));
  return { api, schemaVersion: String(schemaVersion), types: kinds, destination: where, buffering: when };
}

function destinationOf(told: Members, wrong: string[]): Destination | undefined {
  if (told.protocol === "TCP") {
    const port = Number(told.port);
    if (Number.isInteger(port) && port > 0 && port < 65_536) return { protocol: "TCP", port };
    wrong.push("port should be between 1 and 65535");
    return undefined;
  }
  if (told.protocol !== "HTTP") {
    wrong.push("destination protocol should be HTTP or TCP");
    return undefined;
  }
  const uri = typeof told.URI === "string" && URL.canParse(told.URI) ? new URL(told.URI) : undefined;
  if (!uri) wrong.push("URI is not valid");
  else if (!HOSTS.includes(uri.hostname)) wrong.push("URI host should be sandbox.localdomain");
  else if (uri.port === "") wrong.push("URI port is not provided");
  else {
    const path = uri.pathname + uri.search;
    return { protocol: "HTTP", port: Number(uri.port), path, method: told.method === "PUT" ? "PUT" : "POST" };
  }
  return undefined;
}

function bufferingOf(told: Members, wrong: string[]): Buffering {
  const pairs = Object.entries(BUFFERING).map(([name, [standard, least, most]]) => {
    const value = told[name] ?? standard;
    if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return [name, value];
    wrong.push(`${name} should be between ${least} and ${most}`);
    return [name, standard];
  });
  return Object.fromEntries(pairs) as Buffering;
}

type Members = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Members =>
  typeof value === "object" && value !== null ? (value as Members) : {};

function parse(body: Buffer): Members | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

const invalid = (wrong: readonly string[]): Refusal => ({
  status: 400,
  errorType: "ValidationError",
  errorMessage: wrong.join("; "),
});
