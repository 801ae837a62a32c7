import type { Key, KeyPart } from "./store.ts";

/** Whole numbers below `limit`, the same for the same seed (mulberry32). */
export function randomSource(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Tuples of few, similar parts, so that comparisons are close. */
export function randomKey(random: (limit: number) => number): Key {
  return Array.from({ length: random(4) }, () => randomPart(random));
}

function randomPart(random: (limit: number) => number): KeyPart {
  const letters = ["", "a", "b", "\0", "\x01", "é", "\u{10ffff}", "\uffff", "\x7f"];
  const text = () => Array.from({ length: random(4) }, () => letters[random(letters.length)]).join("");
  const sign = random(2) ? 1 : -1;
  switch (random(7)) {
    case 0:
      return null;
    case 1:
      return new Uint8Array(Array.from({ length: random(4) }, () => [0, 1, 254, 255][random(4)] ?? 0));
    case 2:
      return text();
    case 3:
      return sign * (random(3) ? random(300) : random(1000) / 7) || 0;
    case 4:
      return BigInt(sign) * BigInt(random(70_000)) * (random(3) ? 1n : 2n ** 70n);
    case 5:
      return random(2) === 1;
    default:
      return { decimal: String(sign * (random(2) ? random(300) : random(10_000) / 100) || 0) };
  }
}
