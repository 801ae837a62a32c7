import type { HttpParameters } from "@aws-sdk/client-eventbridge";
import { Fault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { tokenOf } from "./authorize.ts";
import {
  type ConnectionRecord,
  connectionMissing,
  connectionRecords,
  type DestinationRecord,
  destinationArn,
  destinationMissing,
  destinationRecords,
} from "./connection-records.ts";
import { requestOf } from "./destination-request.ts";
import { outsideFault } from "./failures.ts";
import { type Answer, ask } from "./http.ts";
import { nameInArn } from "./names.ts";

/** The destination's rate leaves no room before a moment: that is no failure. */
export class Postponed {
  readonly dueMs: number;

  constructor(dueMs: number) {
    this.dueMs = dueMs;
  }
}

/** One call, of a rule or a pipe in an account and region. */
export interface DestinationCall {
  readonly arn: string;
  readonly scope: Scope;
  readonly http: HttpParameters | undefined;
  readonly input: string;
  /** What paths in the parameters are looked up in. */
  readonly event: unknown;
  /** It was postponed to a moment of its own, which is now. */
  readonly hasSlot: boolean;
}

/** When each destination may be called next. */
const slotsOf = new WeakMap<Store, Map<string, number>>();

/** Calls an API destination over HTTP, as its connection lets it in, at the pace of its rate. */
export async function invokeDestination(context: Context, asked: DestinationCall): Promise<Answer> {
  const { http, input, event } = asked;
  const { destination, connection } = await lookUp(context, asked);
  if (!asked.hasSlot) takeSlot(context, destination);
  const call = async (anew: boolean): Promise<Answer> => {
    const { credentials } = connection;
    const token = credentials.oauth ? await tokenOf(context, connection, anew) : undefined;
    const { url, method, headers, body } = requestOf({ destination, credentials, token, http, input, event });
    return ask(url, { method, headers: new Headers(headers), ...(body === undefined ? {} : { body }) });
  };
  let answer = await call(false);
  // A token that is refused is asked for once more.
  if (connection.credentials.oauth && (answer.status === 401 || answer.status === 407))
    answer = await call(true);
  if (answer.status >= 200 && answer.status <= 299) return answer;
  throw answerFault(destination, answer);
}

async function lookUp({ store }: Context, { arn, scope }: DestinationCall) {
  const name = nameInArn(arn, "api-destination") ?? "";
  const { destination, connection } = await store.transact(async (tx) => {
    const found = await destinationRecords.get(tx, scope, name);
    const connectionName = nameInArn(found?.connectionArn ?? "", "connection") ?? "";
    return { destination: found, connection: await connectionRecords.get(tx, scope, connectionName) };
  });
  if (!destination || destinationArn(destination) !== arn) throw destinationMissing(name);
  if (!connection) throw connectionMissing(nameInArn(destination.connectionArn, "connection") ?? "");
  checkState(connection);
  return { destination, connection };
}

function checkState({ name, state }: ConnectionRecord): void {
  if (state === "AUTHORIZED") return;
  const message = `The connection '${name}' is ${state}.`;
  if (state === "AUTHORIZING") throw outsideFault("ConnectionFailure", message, true);
  throw new Fault("AccessDeniedException", message);
}

/** Calls are spread evenly over each second: one that comes too soon is given the next free slot. */
function takeSlot({ store, clock }: Context, destination: DestinationRecord): void {
  const slots = slotsOf.get(store) ?? new Map<string, number>();
  slotsOf.set(store, slots);
  const nowMs = clock.now();
  const slotMs = Math.max(nowMs, slots.get(destination.id) ?? 0);
  slots.set(destination.id, slotMs + 1000 / destination.perSecond);
  if (slotMs > nowMs) throw new Postponed(slotMs);
}

/** What may be answered otherwise another time: refused tokens, conflicts, throttles. */
const THROTTLED = 429;
const RETRYABLE = new Set([401, 407, 409, THROTTLED]);

function answerFault({ endpoint, method }: DestinationRecord, { status }: Answer): Fault {
  const message = `${method} ${endpoint} was answered with status ${status}.`;
  const code = status === THROTTLED ? "ThrottlingException" : "TargetError";
  return outsideFault(code, message, status >= 500 || RETRYABLE.has(status));
}
