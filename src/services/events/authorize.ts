import { Fault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import { DONE, defineOutbox, type Job, type Outcome } from "../../store/outbox.ts";
import type { Ports } from "../define.ts";
import { type ConnectionRecord, type Credentials, connectionRecords } from "./connection-records.ts";
import { outsideFault } from "./failures.ts";
import { ask, type Parameters, withQuery } from "./http.ts";

/** A connection that is to ask its server for a token. */
interface Authorization extends Scope {
  readonly v: 1;
  readonly name: string;
}

export const authorizations = defineOutbox<Authorization>("eventsAuthorizations");

const CONTENT_TYPE = "Content-Type";
const USUAL_LIFE_SECONDS = 3600;
/** A token is renewed before it ends. */
const MARGIN_MS = 30_000;

/** Asks for the token of a connection that was created or changed, and says how that went. */
export async function authorize(world: Ports, { work }: Job<Authorization>): Promise<Outcome<Authorization>> {
  const connection = await world.store.transact((tx) => connectionRecords.get(tx, work, work.name));
  if (connection?.state !== "AUTHORIZING") return DONE;
  try {
    await renew(world, connection);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    await settle(world, connection, { state: "DEAUTHORIZED", reason: error.message.slice(0, 512) });
  }
  return DONE;
}

/** A token that is good now: the connection's, or a new one. `anew`: the one it has was refused. */
export async function tokenOf(ports: Ports, connection: ConnectionRecord, anew: boolean): Promise<string> {
  const { token } = connection;
  if (token && !anew && token.expiresMs - MARGIN_MS > ports.clock.now()) return token.value;
  return renew(ports, connection);
}

async function renew(ports: Ports, connection: ConnectionRecord): Promise<string> {
  const token = await requestToken(connection.credentials.oauth);
  const nowMs = ports.clock.now();
  await settle(ports, connection, {
    state: "AUTHORIZED",
    token: { value: token.value, expiresMs: Math.floor(nowMs + token.lifeSeconds * 1000) },
    authorizedMs: Math.floor(nowMs),
  });
  return token.value;
}

/** Notes a change, unless the connection is another one by now. */
function settle(
  ports: Ports,
  connection: ConnectionRecord,
  changed: Partial<ConnectionRecord>,
): Promise<void> {
  return ports.store.transact(async (tx) => {
    const found = await connectionRecords.get(tx, connection, connection.name);
    if (found?.id !== connection.id || found.modifiedMs !== connection.modifiedMs) return;
    const { reason: _, ...rest } = found;
    connectionRecords.put(tx, { ...rest, ...changed });
  });
}

/**
 * The client credentials flow: what the client is goes in the body, as a form unless a header asks for JSON.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html
 */
async function requestToken(oauth: Credentials["oauth"]) {
  if (!oauth) throw outsideFault("TargetError", "The connection has no credentials.", false);
  const { HeaderParameters, QueryStringParameters, BodyParameters } = oauth.http ?? {};
  const headers = new Headers(pairs(HeaderParameters));
  const fields = {
    grant_type: "client_credentials",
    client_id: oauth.clientId,
    client_secret: oauth.clientSecret,
    ...Object.fromEntries(pairs(BodyParameters)),
  };
  const isJson = headers.get(CONTENT_TYPE)?.includes("json") ?? false;
  if (!headers.has(CONTENT_TYPE)) headers.set(CONTENT_TYPE, "application/x-www-form-urlencoded");
  const body = isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  const answer = await ask(withQuery(oauth.endpoint, pairs(QueryStringParameters)), {
    method: oauth.method,
    headers,
    ...(oauth.method === "GET" ? {} : { body }),
  });
  const { access_token: value, expires_in: life } = read(answer.body);
  if (answer.status < 200 || answer.status > 299 || typeof value !== "string") {
    const message = `The authorization endpoint ${oauth.endpoint} answered ${answer.status} without a token.`;
    throw outsideFault("TargetError", message, answer.status >= 500 || answer.status === 429);
  }
  return { value, lifeSeconds: Number(life) > 0 ? Number(life) : USUAL_LIFE_SECONDS };
}

function pairs(parameters: Parameters | undefined): [string, string][] {
  return (parameters ?? []).map(({ Key = "", Value = "" }) => [Key, Value]);
}

function read(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}
