// Random event patterns and events that have a fair chance to match them, the same for the same seed.

/** A small generator of random numbers (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.fraction() * count);
  }

  often(share: number): boolean {
    return this.fraction() < share;
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.below(most) }, make);
  }
}

const NAMES = ["a", "b", "c", "d", "a.b", "b-c"];
const TEXTS = [
  ...[
    "",
    "a",
    "ab",
    "abc",
    "ABC",
    "Ab",
    "b",
    "ba",
    "cab",
    "a*b",
    "a\\b",
    "é",
    "É",
    "aéb",
    "straße",
    "STRASSE",
  ],
  ...["10.0.0.1", "10.0.0.255", "010.0.0.1", "10.0.1.7", "1.2.3", "256.1.1.1", "::1", "0:0:0:0:0:0:0:1"],
  ...["2001:db8::1", "2001:DB8:0::1", "2001:db8::ffff", "::ffff:a00:1", "true", "null", "1"],
];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "1.0",
  "1e0",
  "10E-1",
  "2",
  "-1",
  "0.1",
  "100",
  "1e2",
  "300.5",
  "-300.5",
  "4999999999",
];
const CONSTANTS = ["true", "false", "null"];
const quoted = JSON.stringify;

/** JSON text of an event. */
export function randomEvent(chance: Chance, depth = 0): string {
  const names = new Set(chance.some(3, () => chance.one(NAMES)));
  return `{${[...names].map((name) => `${quoted(name)}:${randomValue(chance, depth)}`).join(",")}}`;
}

function randomValue(chance: Chance, depth: number): string {
  if (depth < 3 && chance.often(0.3)) return randomEvent(chance, depth + 1);
  if (depth < 4 && chance.often(0.35)) {
    const count = chance.below(4);
    return `[${Array.from({ length: count }, () => randomValue(chance, depth + 1)).join(",")}]`;
  }
  return randomLeaf(chance);
}

function randomLeaf(chance: Chance): string {
  if (chance.often(0.55)) return quoted(chance.one(TEXTS));
  return chance.one(chance.often(0.7) ? NUMBERS : CONSTANTS);
}

/** JSON text of a pattern, mostly a valid one. */
export function randomPattern(chance: Chance, depth = 0): string {
  if (chance.often(0.004))
    return chance.one(["[]", '"a"', "1", "", "{", '{"a":[1}', '{"a" 1}', '{"a":[1],}', "nul"]);
  if (depth > 0 && chance.often(0.006)) return "{}";
  const members = chance.some(3, () => chance.one(NAMES)).map((name) => member(chance, name, depth));
  if (chance.often(0.15)) {
    const ways = Array.from({ length: chance.often(0.05) ? 1 : 2 }, () => randomPattern(chance, depth + 1));
    members.splice(chance.below(members.length + 1), 0, `"$or":[${ways.join(",")}]`);
  }
  return `{${members.join(",")}}`;
}

function member(chance: Chance, name: string, depth: number): string {
  if (chance.often(0.003)) return `${quoted(name)}:${randomLeaf(chance)}`;
  if (chance.often(0.003)) return `"prefix":["a"]`;
  if (depth < 3 && chance.often(0.4)) return `${quoted(name)}:${randomPattern(chance, depth + 1)}`;
  const items = chance.often(0.005) ? [] : withoutMix(chance.some(3, () => randomItem(chance)));
  return `${quoted(name)}:[${items.join(chance.often(0.1) ? " ,\n " : ",")}]`;
}

/**
 * AWS's matcher contradicts itself where a list has both wildcards and comparisons that pass over case, or
 * letters of several bytes: values pass that pass neither alone, or fail that pass one.
 */
function withoutMix(items: string[]): string[] {
  const mixed = items.some((item) => /ignore-case|[é]/i.test(item));
  return mixed ? items.map((item) => (item.includes('"wildcard"') ? '"a"' : item)) : items;
}

function randomItem(chance: Chance): string {
  if (chance.often(0.35)) return randomLeaf(chance);
  if (chance.often(0.003)) return "[]";
  const rest = chance.often(0.004) ? `,"prefix":"a"` : "";
  return `{${chance.one(OPERATORS)(chance)}${rest}}`;
}

const text = (chance: Chance) => (chance.often(0.01) ? randomLeaf(chance) : quoted(chance.one(TEXTS)));
const number = (chance: Chance) => (chance.often(0.01) ? randomLeaf(chance) : chance.one(NUMBERS));
const list = (chance: Chance, make: (chance: Chance) => string) =>
  `[${chance.some(3, () => make(chance)).join(",")}]`;
const oneOrMore = (chance: Chance, make: (chance: Chance) => string) =>
  chance.often(0.5) ? make(chance) : list(chance, make);

const OPERATORS: readonly ((chance: Chance) => string)[] = [
  (chance) => `"prefix":${text(chance)}`,
  (chance) => `"suffix":${text(chance)}`,
  (chance) => `"equals-ignore-case":${text(chance)}`,
  (chance) => `"prefix":{"equals-ignore-case":${text(chance)}}`,
  (chance) => `"suffix":{"equals-ignore-case":${text(chance)}}`,
  (chance) => `"wildcard":${wildcard(chance)}`,
  (chance) => `"exists":${chance.often(0.01) ? "null" : chance.one(["true", "false"])}`,
  () => `"exists":false`,
  (chance) => `"numeric":${numeric(chance)}`,
  (chance) => `"numeric":${numeric(chance)}`,
  (chance) => `"cidr":${quoted(chance.one(BLOCKS))}`,
  (chance) => `"anything-but":${oneOrMore(chance, text)}`,
  (chance) => `"anything-but":${oneOrMore(chance, number)}`,
  (chance) => `"anything-but":{${quoted(chance.one(NEGATED))}:${oneOrMore(chance, text)}}`,
  // Of two faults in one list, AWS's matcher finds either.
  (chance) => `"anything-but":{"wildcard":${wildcard(chance)}}`,
  (chance) => `"anything-but":{"wildcard":${list(chance, (one) => wildcard(one, 0))}}`,
  (chance) =>
    chance.often(0.1) ? chance.one([`"exactly":"ab"`, `"exactly":1`, `"regex":"a"`, ""]) : `"prefix":"a"`,
];
const NEGATED = [
  "prefix",
  "suffix",
  "equals-ignore-case",
  "prefix",
  "suffix",
  "equals-ignore-case",
  "numeric",
];
const BLOCKS = [
  ...["10.0.0.0/24", "10.0.0.0/8", "10.0.0.1/31", "10.0.1.77/25", "2001:db8::/32", "::1/127"],
  ...[
    "2001:db8::/113",
    "10.0.0.0/32",
    "::1/128",
    "10.0.0.0",
    "10.0.0.0/a",
    "10.0.0.0/-1",
    "a/8",
    "256.1.1.1/8",
  ],
];

function wildcard(chance: Chance, faults = 0.02): string {
  if (chance.often(faults / 2)) return randomLeaf(chance);
  const marks = ["*", "a", "b", "ab", "é", "\\*", "\\\\", "c", "*"];
  const made = chance.some(chance.often(0.1) ? 12 : 5, () => chance.one(marks)).join("");
  if (chance.often(faults)) return quoted(`${made}${chance.one(["**", "\\a", "\\"])}`);
  return quoted(made.replace(/\*\*+/g, "*"));
}

function numeric(chance: Chance): string {
  if (chance.often(0.02))
    return chance.one(["[]", "1", '["="]', '["!",1]', '[">",1,2]', '[">",1,"="]', '["<",1,2]']);
  const operator = chance.one(["=", "<", "<=", ">", ">="]);
  const bound = number(chance);
  if (!operator.startsWith(">") || chance.often(0.4)) return `[${quoted(operator)},${bound}]`;
  return `[${quoted(operator)},${bound},${quoted(chance.one(["<", "<="]))},${number(chance)}]`;
}
