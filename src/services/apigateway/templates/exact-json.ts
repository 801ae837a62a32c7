// JSON whose whole numbers stay as they are written: other people's ids have more digits than a double holds.

const MARK = "\uE000whole:";
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const WHOLE = /^-?\d{16,}$/;

/** As JSON.parse, but that whole numbers beyond what is safe are bigints. */
export function readJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const marked = text.replace(TOKEN, (token) => (isLarge(token) ? `"${MARK}${token}"` : token));
  return JSON.parse(marked, (_name, value) =>
    typeof value === "string" && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

const isLarge = (token: string) => WHOLE.test(token) && !Number.isSafeInteger(Number(token));

/** As JSON.stringify, of what was read so. */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(value, (_name, each) => (typeof each === "bigint" ? MARK + each : each));
  return text.includes(MARK) ? text.replace(/"\uE000whole:(-?\d+)"/g, "$1") : text;
}
