import { readEndpoint } from "../config.ts";
import { UserError } from "../kernel/faults.ts";
import type { OtlpStatus } from "../kernel/otlp-target.ts";

/** What `/_nuage/health` answers. */
export interface Health {
  readonly status: "running";
  readonly version: string;
  readonly pid: number;
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly data: string | null;
  /** The platform's clock: a test may have turned it. */
  readonly nowMs: number;
  readonly uptimeMs: number;
  readonly services: Readonly<Record<string, string>>;
  readonly otlp?: OtlpStatus;
}

export const ENDPOINT_OPTION = { endpoint: { type: "string" }, port: { type: "string" } } as const;

/** What every command takes that reads what the platform knows. */
export const READING_OPTIONS = {
  ...ENDPOINT_OPTION,
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** The platform's address from a command's `--endpoint` or `--port`, the environment, or the default. */
export function endpointOf(values: { endpoint?: string | undefined; port?: string | undefined }): string {
  return readEndpoint(values.endpoint ?? (values.port && `http://localhost:${values.port}`));
}

/** Asks the running platform; one clear sentence when there is none. */
export async function ask(endpoint: string, path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(endpoint + path, init);
  } catch {
    throw new UserError(`no platform answers on ${endpoint}. Start one with: nuage start`);
  }
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  const said = typeof body === "object" && body !== null && "message" in body ? String(body.message) : "";
  throw new UserError(said || `${endpoint}${path} answered with status ${response.status}.`);
}

type Given = Readonly<Record<string, string | boolean | undefined>>;

/** Those of a command's options that were given, as a page's query has them. */
export function queryOf(values: Given, names: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of names) {
    const value = values[name];
    if (value) query.set(name, value === true ? "1" : value);
  }
  return query;
}

/** What one of the platform's pages says. */
export async function readPage<T>(endpoint: string, page: string, query?: URLSearchParams): Promise<T> {
  return (await (await ask(endpoint, query ? `${page}?${query}` : page)).json()) as T;
}

/** The health document; refuses a server on that port that is not Nuage. */
export async function readHealth(endpoint: string): Promise<Health> {
  const response = await ask(endpoint, "/_nuage/health");
  const health: unknown = await response.json().catch(() => undefined);
  if (typeof health !== "object" || health === null || !("pid" in health)) {
    throw new UserError(`what answers on ${endpoint} is not Nuage.`);
  }
  return health as Health;
}
