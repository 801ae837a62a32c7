import { readClientIdentity } from "../config.ts";
import { UserError } from "../kernel/faults.ts";
import { READER } from "../kernel/scope.ts";
import { endpointOf, readHealth } from "./client.ts";

/** Whose things are asked for. */
export const SCOPE_OPTIONS = { region: { type: "string" }, account: { type: "string" } } as const;

export interface ScopeValues {
  readonly endpoint?: string | undefined;
  readonly port?: string | undefined;
  readonly region?: string | undefined;
  readonly account?: string | undefined;
}

/** What an SDK client needs, in the platform's region and account where none is given; and its time. */
export async function openSession(values: ScopeValues) {
  // The SDK's advice on Node versions is for those who wrote the program, not for those who use it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const endpoint = endpointOf(values);
  const health = await readHealth(endpoint);
  const { region: _region, ...own } = readClientIdentity();
  const credentials = values.account === undefined ? own : { ...own, accessKeyId: values.account };
  const customUserAgent = READER;
  const settings = { endpoint, region: values.region ?? health.region, credentials, customUserAgent };
  return { settings, nowMs: health.nowMs };
}

/** What a service refuses is said in its own words. */
export async function refusalsOf<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    // What never reached a service has no answer to tell.
    if (error instanceof Error && "code" in error && /^E[A-Z]+$/.test(String(error.code)))
      throw new UserError("the platform no longer answers.");
    if (error instanceof Error && "$metadata" in error) throw new UserError(error.message);
    throw error;
  }
}
