import { UserError } from "./faults.ts";

const OTLP_SIGNALS = ["traces", "metrics", "logs"] as const;
const OTLP_PROTOCOLS = ["http/protobuf", "http/json"] as const;
const OTLP_COMPRESSIONS = ["gzip", "none"] as const;

export type OtlpSignal = (typeof OTLP_SIGNALS)[number];

/** A collector of OpenTelemetry that the platform was asked to send to. */
export interface OtlpTarget {
  /** Its base: `http://localhost:4318`. The signals' own paths, such as `/v1/traces`, are put behind it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocol: (typeof OTLP_PROTOCOLS)[number];
  readonly compression: (typeof OTLP_COMPRESSIONS)[number];
  /** What is sent; all of it when a user says nothing. */
  readonly signals: readonly OtlpSignal[];
}

/** What became of one signal's records. */
export interface OtlpFigures {
  readonly sent: number;
  /** Not sent: more came than could wait, or the collector did not take them. */
  readonly dropped: number;
  readonly waiting: number;
}

/** How the sending goes, for people. */
export interface OtlpStatus {
  readonly url: string;
  readonly protocol: OtlpTarget["protocol"];
  readonly signals: Readonly<Partial<Record<OtlpSignal, OtlpFigures>>>;
  /** Why the last request that failed did. */
  readonly lastProblem?: string;
}

/** What a user says of the collector: its address, or `env`: all of it is in the standard variables. */
export interface OtlpGiven {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly protocol?: string | undefined;
  readonly compression?: string | undefined;
  readonly signals?: readonly string[] | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The collector that is meant. OpenTelemetry's variables are looked at only for `env`: they stand in many
 * shells for the applications there, and what they say, keys among it, is not for every address.
 */
export function readOtlpTarget(given: OtlpGiven, variables: Variables): OtlpTarget {
  const isByVariables = given.url === "env";
  const told = (name: string) =>
    (isByVariables ? variables[`OTEL_EXPORTER_OTLP_${name}`] : undefined) || undefined;
  const url = isByVariables ? told("ENDPOINT") : given.url;
  if (url === undefined)
    throw new UserError("--otlp env takes the collector from OTEL_EXPORTER_OTLP_ENDPOINT, which is not set.");
  return {
    url: addressOf(url),
    headers: { ...parseHeaders(told("HEADERS") ?? ""), ...given.headers },
    protocol: oneOf("protocol", given.protocol ?? told("PROTOCOL") ?? "http/protobuf", OTLP_PROTOCOLS),
    compression: oneOf("compression", given.compression ?? told("COMPRESSION") ?? "gzip", OTLP_COMPRESSIONS),
    signals: (given.signals ?? OTLP_SIGNALS).map((signal) => oneOf("signals", signal, OTLP_SIGNALS)),
  };
}

/** Several with commas between, percent-encoded, as the standard variable has them. */
function parseHeaders(text: string): Record<string, string> {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  const headers = Object.entries(Object.assign({}, ...pairs.map(parseOtlpHeader)) as Record<string, string>);
  return Object.fromEntries(headers.map(([name, value]) => [name, decoded(value)]));
}

/** `NAME=VALUE` */
export function parseOtlpHeader(pair: string): Record<string, string> {
  const equals = pair.indexOf("=");
  const name = pair.slice(0, equals).trim().toLowerCase();
  if (equals < 1 || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
    throw new UserError(`a header for OTLP is NAME=VALUE, not "${pair.trim()}".`);
  return { [name]: pair.slice(equals + 1).trim() };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UserError(
      `--otlp takes the address of a collector, such as http://localhost:4318, not "${text}".`,
    );
  if (url.pathname.startsWith("/_nuage/"))
    throw new UserError(`${text} is a platform's own address: what it sends itself would never end.`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function oneOf<const Value extends string>(what: string, given: string, allowed: readonly Value[]): Value {
  const value = allowed.find((each) => each === given);
  if (value !== undefined) return value;
  const hint = given === "grpc" ? " Collectors take HTTP on port 4318." : "";
  throw new UserError(`OTLP's ${what} takes ${allowed.join(", ")}, not "${given}".${hint}`);
}
