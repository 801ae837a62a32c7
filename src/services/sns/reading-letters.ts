import { Fault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Context } from "../define.ts";
import { confirm } from "./confirming.ts";
import { isPhoneNumber } from "./endpoints.ts";
import { allLetters, type Letter } from "./letters.ts";
import { readOptOut, writeOptOut } from "./phone-records.ts";

/** A letter, as its reader sees it. */
interface LetterView
  extends Pick<
    Letter,
    | "id"
    | "account"
    | "region"
    | "protocol"
    | "subject"
    | "sender"
    | "body"
    | "topicArn"
    | "messageId"
    | "subscriptionArn"
  > {
  /** Epoch milliseconds. */
  readonly sentMs: number;
  readonly to: string;
  /** It asks to confirm a subscription. */
  readonly confirms?: true;
}

interface LetterQuery {
  readonly to?: string;
  readonly protocol?: string;
  readonly sinceMs?: number;
  readonly limit: number;
}

/** The letters that nobody was sent, for whoever wants to read them. */
export function lettersOf(ports: Pick<Context, "store" | "clock">) {
  return {
    /** The latest first. */
    list({ to, protocol, sinceMs = 0, limit }: LetterQuery): Promise<readonly LetterView[]> {
      return ports.store.transact(async (tx) => {
        const found: LetterView[] = [];
        for await (const letter of allLetters(tx)) {
          if (letter.timeMs < sinceMs || found.length >= limit) break;
          if (to !== undefined && letter.recipient !== to) continue;
          if (protocol === undefined || letter.protocol === protocol) found.push(viewOf(letter));
        }
        return found;
      });
    },

    /** The ARN of the subscription that is confirmed; undefined when the letter does not ask for that. */
    async confirm(id: string): Promise<string | undefined> {
      const token = await ports.store.transact(async (tx) => {
        for await (const letter of allLetters(tx)) if (letter.id === id) return letter.token;
        return undefined;
      });
      if (token === undefined) return undefined;
      try {
        // As by the link in the letter, which nobody signs.
        return await confirm(ports, token, { authenticated: false, authenticate: false });
      } catch (error) {
        // Its time is over, or its topic gone.
        if (error instanceof Fault) return undefined;
        throw error;
      }
    },

    /** Opts a number out, as its owner does who answers STOP; false for what is no number. */
    async stop(scope: Scope, number: string): Promise<boolean> {
      if (!isPhoneNumber(number)) return false;
      await ports.store.transact(async (tx) => {
        writeOptOut(tx, scope, { v: 1, number, ...(await readOptOut(tx, scope, number)), out: true });
      });
      return true;
    },
  };
}

function viewOf({ v: _, token, timeMs, recipient, ...rest }: Letter): LetterView {
  return { ...rest, sentMs: timeMs, to: recipient, ...(token === undefined ? {} : { confirms: true }) };
}
