import { readClientIdentity } from "../config.ts";
import { UserError } from "../kernel/faults.ts";
import { accountOf } from "../kernel/scope.ts";
import { type Place, placeOf } from "../projects/clients.ts";
import { environmentOf, HOME } from "../projects/environments.ts";
import { ENDPOINT_OPTION, endpointOf, readHealth } from "./client.ts";

/** The options of commands about what is deployed somewhere. */
export const PLACE_OPTIONS = {
  ...ENDPOINT_OPTION,
  env: { type: "string" },
  region: { type: "string" },
} as const;

export const PLACE_HELP = `  --env NAME         the environment (dev, which is the platform's own account)
  --region REGION    the region (the platform's)
  --port PORT, --endpoint URL    where the platform is`;

export interface PlaceValues {
  readonly endpoint?: string | undefined;
  readonly port?: string | undefined;
  readonly env?: string | undefined;
  readonly region?: string | undefined;
}

/** The platform's own account, and the environment that was asked for. */
export async function placesOf(values: PlaceValues): Promise<{ home: Place; place: Place }> {
  const endpoint = endpointOf(values);
  const health = await readHealth(endpoint);
  const { region: _, ...credentials } = readClientIdentity();
  const region = values.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? health.region;
  // The SDK's advice on Node versions is for those who wrote the program, not for those who use it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const account = accountOf(credentials.accessKeyId, health.account);
  const home = placeOf({ endpoint, region, credentials }, HOME, account);
  return { home, place: environmentOf(home, values.env) };
}

/** What the platform refuses is told to the user as it words it. */
export async function telling<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    const isAnswer = error instanceof Error && "$metadata" in error && "$fault" in error;
    if (isAnswer) throw new UserError(refusalOf(error, error.$metadata));
    if (!isUnanswered(error)) throw error;
    throw new UserError(
      "the platform no longer answers. What was under way goes on when it is started again.",
    );
  }
}

/** A refusal of HEAD has no words of its own. */
function refusalOf({ name, message }: Error, answer: unknown): string {
  if (message !== "" && message !== "UnknownError") return message;
  const { httpStatusCode: status } = answer as { httpStatusCode?: number };
  if (status === 403) return "the platform refuses these credentials (403).";
  return status === undefined ? name : `the platform answered with status ${status}.`;
}

const UNANSWERED = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE"]);

const isUnanswered = (error: unknown): boolean =>
  error instanceof Error && "code" in error && UNANSWERED.has(String(error.code));
