import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Scope } from "../kernel/scope.ts";
import { allowOnly, momentOf, textOf, wholeOf } from "./parameters.ts";

/** What would have gone to a person or a device, had the platform let it out. */
export interface LetterView {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly sentMs: number;
  readonly account: string;
  readonly region: string;
  readonly protocol: "email" | "email-json" | "sms" | "application";
  /** An address, a phone number, or the ARN of a device's endpoint. */
  readonly to: string;
  readonly subject?: string;
  readonly body: string;
  readonly topicArn?: string;
  readonly messageId?: string;
  readonly subscriptionArn?: string;
  /** It asks to confirm a subscription. */
  readonly confirms?: true;
}

/** What the console needs of the letters that the services wrote. */
export interface Letters {
  /** The latest first. */
  list(query: LetterQuery): Promise<readonly LetterView[]>;
  /** Confirms what a letter asks to; gives the subscription's ARN, or undefined for one that asks nothing. */
  confirm(id: string): Promise<string | undefined>;
  /** Has a phone number get no more text messages; false for what is no number. */
  stop(scope: Scope, number: string): Promise<boolean>;
}

interface LetterQuery {
  readonly to?: string;
  readonly protocol?: string;
  readonly sinceMs?: number;
  readonly limit: number;
}

const LIMITS = { least: 1, most: 10_000 };
const USUAL_LIMIT = 100;

/** `GET /_nuage/outbox`: `{letters}`, the latest first, by to, protocol, since and limit (100). */
export async function outboxPage(
  letters: Letters,
  { query }: AdminRequest,
  nowMs: number,
): Promise<AdminResponse> {
  allowOnly(query, ["to", "protocol", "since", "limit"]);
  const [to, protocol] = [textOf(query, "to"), textOf(query, "protocol")];
  const sinceMs = momentOf(query, "since", nowMs);
  const found = await letters.list({
    ...(to === undefined ? {} : { to }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    limit: wholeOf(query, "limit", LIMITS) ?? USUAL_LIMIT,
  });
  return { status: 200, json: { letters: found } };
}

/**
 * `POST /_nuage/outbox`: confirms the subscription that a letter asks to confirm, by letter: its id; or opts
 * a phone number out, by stop: the number, region and account.
 */
export function answerLetter(
  letters: Letters,
  defaults: Scope,
  { query }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, ["letter", "stop", "region", "account"]);
  const number = textOf(query, "stop");
  const region = textOf(query, "region") ?? defaults.region;
  const account = textOf(query, "account") ?? defaults.account;
  if (number !== undefined) return stopNumber(letters, { region, account }, number);
  return confirmLetter(letters, textOf(query, "letter") ?? "");
}

async function confirmLetter(letters: Letters, id: string): Promise<AdminResponse> {
  const subscriptionArn = await letters.confirm(id);
  if (subscriptionArn !== undefined) return { status: 200, json: { subscriptionArn } };
  const message = `There is no letter "${id}" that asks to confirm a subscription.`;
  return { status: 404, json: { message } };
}

async function stopNumber(letters: Letters, scope: Scope, number: string): Promise<AdminResponse> {
  if (await letters.stop(scope, number)) return { status: 200, json: { number, ...scope } };
  return { status: 400, json: { message: `"${number}" is no phone number such as +15550100001.` } };
}
