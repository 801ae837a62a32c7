import type { Background } from "../../define.ts";
import { perPlatform } from "./per-platform.ts";

/** What authorizers decided, kept for as long as they say: bounded, and by the platform's clock. */
const MOST_KEPT = 10_000;

interface Kept {
  readonly value: unknown;
  readonly untilMs: number;
}

const keptBy = perPlatform(() => new Map<string, Kept>());

/** What was decided under a key and still holds, or what `decide` comes to: only what `keeps` is kept. */
export async function decidedOnce<Decision>(
  { store, clock }: Pick<Background, "store" | "clock">,
  key: string,
  ttlMs: number,
  decide: () => Promise<Decision>,
  keeps: (decision: Decision) => boolean,
): Promise<Decision> {
  if (ttlMs <= 0) return decide();
  const kept = keptBy(store);
  const known = kept.get(key);
  if (known && clock.now() < known.untilMs) return known.value as Decision;
  const value = await decide();
  if (keeps(value)) {
    kept.delete(key);
    // The oldest go first.
    for (const old of kept.keys()) {
      if (kept.size < MOST_KEPT) break;
      kept.delete(old);
    }
    kept.set(key, { value, untilMs: clock.now() + ttlMs });
  }
  return value;
}
