import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
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

/** `POST /_nuage/outbox`: confirms the subscription that a letter asks to confirm, by letter: its id. */
export async function confirmLetter(letters: Letters, { query }: AdminRequest): Promise<AdminResponse> {
  allowOnly(query, ["letter"]);
  const id = textOf(query, "letter") ?? "";
  const subscriptionArn = await letters.confirm(id);
  if (subscriptionArn !== undefined) return { status: 200, json: { subscriptionArn } };
  const message = `There is no letter "${id}" that asks to confirm a subscription.`;
  return { status: 404, json: { message } };
}
