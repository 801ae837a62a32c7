// Where custom resources and wait conditions are answered: an address for each, which takes what is put there.
import type { Key, Store } from "../../store/store.ts";
import type { Context } from "../define.ts";

/** Below it lie the letters of one address, by who wrote them. */
const LETTERS: Key = ["cfnLetter"];
/** That there is such an address. */
const ADDRESSES: Key = ["cfnAddress"];
const PATH = "/_nuage/cloudformation/";
/** As much as AWS reads of an answer. */
export const LONGEST_LETTER_BYTES = 4096;

/**
 * Opens an address and gives it. Functions' runtimes know such: handlers write to it by HTTPS, whatever the
 * address says, as they may on AWS.
 */
export async function openAddress({ store, endpoint }: Context, token: string): Promise<string> {
  await store.transact(async (tx) => tx.set([...ADDRESSES, token], { v: 1 }));
  return `${endpoint}${PATH}${token}`;
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

/**
 * The letters that have come to an address once there are so many; undefined when that takes too long. Waits
 * without being work under way.
 */
export async function awaitLetters(
  context: Context,
  token: string,
  count: number,
  untilMs: number,
): Promise<readonly Letter[] | undefined> {
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
      return letters.length >= count || isRefused ? letters : undefined;
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
