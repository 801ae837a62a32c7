// Where custom resources and wait conditions are answered: an address for each takes what is put there.
import type { Key, Store, Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";

/** Below it lie the letters of one address, by who wrote them. */
const LETTERS: Key = ["cfnLetter"];
/** That there is such an address. */
const ADDRESSES: Key = ["cfnAddress"];
const PATH = "/_nuage/cloudformation/";
/** As much as AWS reads of an answer. */
const LONGEST_LETTER_BYTES = 4096;

/**
 * Opens an address and gives it. Functions' runtimes know such: handlers write to it by HTTPS, whatever the
 * address says, as they may on AWS.
 */
export async function openAddress({ store, endpoint }: Context, token: string): Promise<string> {
  await store.transact(async (tx) => {
    if (!(await tx.get([...ADDRESSES, token]))) tx.set([...ADDRESSES, token], { v: 1 });
  });
  return `${endpoint}${PATH}${token}`;
}

/** When the address was given to whoever is to write to it; undefined where it was not. */
export async function sentAtMs(
  { store }: Pick<Context, "store">,
  token: string,
): Promise<number | undefined> {
  const address = await store.transact((tx) => tx.get([...ADDRESSES, token]));
  return (address as { sentMs?: number } | undefined)?.sentMs;
}

export async function noteSent({ store, clock }: Context, token: string): Promise<number> {
  const sentMs = clock.now();
  await store.transact(async (tx) => tx.set([...ADDRESSES, token], { v: 1, sentMs }));
  return sentMs;
}

export async function closeAddress({ store }: Pick<Context, "store">, token: string): Promise<void> {
  await store.transact(async (tx) => {
    tx.delete([...ADDRESSES, token]);
    tx.clear({ prefix: [...LETTERS, token] });
  });
}

/** Takes what was put at a path, and gives the status of the answer; undefined where it is no address. */
export async function receiveLetter(
  store: Store,
  path: string,
  body: Uint8Array,
): Promise<200 | 400 | 403 | undefined> {
  if (!path.startsWith(PATH)) return undefined;
  const token = path.slice(PATH.length);
  const letter = lettersOf(body);
  return store.transact(async (tx) => {
    // As of a presigned address that has expired.
    if (!(await tx.get([...ADDRESSES, token]))) return 403;
    if (!letter) return 400;
    tx.set([...LETTERS, token, String(letter.UniqueId ?? "")], JSON.stringify(letter));
    return 200;
  });
}

export type Letter = Readonly<Record<string, unknown>>;

function lettersOf(body: Uint8Array): Letter | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return { ...value, ...(body.length > LONGEST_LETTER_BYTES ? { isTooLong: true } : {}) };
  } catch {
    return undefined;
  }
}

/** A signal to a resource itself: it comes to an address that has the resource's own name. */
export function receiveSignal(tx: Transaction, token: string, letter: Letter): void {
  tx.set([...LETTERS, token, String(letter.UniqueId ?? "")], JSON.stringify(letter));
}

export const signalToken = (stackId: string, logicalId: string) => `${stackId}/${logicalId}`;

/**
 * The letters that have come to an address: once there are so many, once one of them says no, or when that
 * takes too long. Waits without being work under way.
 */
export async function awaitLetters(
  context: Context,
  token: string,
  count: number,
  untilMs: number,
): Promise<readonly Letter[]> {
  const { store, clock, signal } = context;
  const prefix = [...LETTERS, token];
  for (;;) {
    const stop = new AbortController();
    const news = store.watch(prefix, AbortSignal.any([stop.signal, signal]));
    news.catch(() => undefined);
    const letters = await store.transact(async (tx) => {
      const found: Letter[] = [];
      for await (const [, value] of tx.range({ prefix })) found.push(JSON.parse(String(value)) as Letter);
      return found;
    });
    const isRefused = letters.some(({ Status }) => Status !== "SUCCESS");
    if (letters.length >= count || isRefused || clock.now() >= untilMs) {
      stop.abort("over");
      return letters;
    }
    const goOn = context.rest();
    let wake = () => {};
    const late = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer = clock.at(untilMs, wake);
    await Promise.race([news, late]);
    goOn();
    timer.cancel();
    stop.abort("over");
    signal.throwIfAborted();
  }
}
