const MASK = "***";

/**
 * Masks the values of JSON members whose names match, at any depth: also in JSON that is the text of a
 * string, as in the messages of a queue, and in base64, as in the records of a stream. Other text stays.
 */
export function createMask(patterns: readonly RegExp[]): (text: string) => string {
  if (patterns.length === 0) return (text) => text;
  const isSecret = (name: string) => patterns.some((pattern) => pattern.test(name));
  const maskText = (text: string): string => {
    const value = parse(text);
    if (value === undefined) return text;
    const masked = mask(value);
    return masked === value ? text : JSON.stringify(masked);
  };
  const maskString = (name: string, text: string): string => {
    if (/^\s*[[{]/.test(text)) return maskText(text);
    if (name !== "data" || !/^[A-Za-z0-9+/]+=*$/.test(text)) return text;
    const inner = Buffer.from(text, "base64").toString("utf8");
    const masked = /^\s*[[{]/.test(inner) ? maskText(inner) : inner;
    return masked === inner ? text : Buffer.from(masked).toString("base64");
  };
  /** The value itself where nothing in it is masked. */
  const mask = (value: unknown, name = ""): unknown => {
    if (typeof value === "string") return maskString(name, value);
    if (typeof value !== "object" || value === null) return value;
    let changed = false;
    const entries = Object.entries(value).map(([key, member]) => {
      const next = !Array.isArray(value) && isSecret(key) ? MASK : mask(member, key);
      changed ||= next !== member;
      return [key, next] as const;
    });
    if (!changed) return value;
    return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
  };
  return maskText;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
