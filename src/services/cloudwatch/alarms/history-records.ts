import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import type { Alarm } from "./records.ts";

/** One thing that happened to an alarm. */
export interface Happening {
  readonly v: 1;
  readonly name: string;
  readonly kind: Alarm["kind"];
  readonly type: "ConfigurationUpdate" | "StateUpdate" | "Action";
  readonly atMs: number;
  readonly summary: string;
  /** JSON text. */
  readonly data: string;
}

const historyKey = ({ account, region }: Scope): Key => ["cloudwatch", "history", account, region];

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html */
const KEPT_MS = 30 * 24 * 3_600_000;
const MOST_FORGOTTEN = 10;

/** Notes what happened, and forgets what is too old. */
export async function note(
  tx: Transaction,
  { account, region, name, kind }: Alarm,
  atMs: number,
  { type, summary, data }: { type: Happening["type"]; summary: string; data: object },
): Promise<void> {
  const prefix = historyKey({ account, region });
  const text = JSON.stringify({ version: "1.0", ...data });
  const happening: Happening = { v: 1, name, kind, type, atMs, summary, data: text };
  tx.append(prefix, happening as unknown as Value);
  for await (const [key, value] of tx.range({ prefix }, { limit: MOST_FORGOTTEN })) {
    if ((value as unknown as Happening).atMs >= atMs - KEPT_MS) break;
    tx.delete(key);
  }
}

/** What happened to the alarms of an account and region, in order, with its place. */
export async function* happeningsOf(
  tx: Transaction,
  scope: Scope,
  { reverse, after }: { readonly reverse: boolean; readonly after?: number },
): AsyncGenerator<Happening & { readonly place: number }> {
  const prefix = historyKey(scope);
  const start = after === undefined ? {} : reverse ? { lt: [...prefix, after] } : { gt: [...prefix, after] };
  for await (const [key, value] of tx.range({ prefix, ...start }, { reverse }))
    yield { ...(value as unknown as Happening), place: Number(key.at(-1)) };
}
