import { Dict, isWritten, textOf, type Value } from "./dict.ts";

/** A value as Python writes it: `{u'a': [True, None]}`. Ids of deployments are hashes of this text. */
export function pythonText(value: Value): string {
  if (typeof value === "string") return isWritten(value) ? quoted(textOf(value)) : unicode(value);
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  const members = value.entries().map(([key, member]) => {
    const name = value.isWrittenKey(key) ? quoted(key) : unicode(key);
    return `${name}: ${VERSIONS.has(key) ? versionText(member) : pythonText(member)}`;
  });
  return `{${members.join(", ")}}`;
}

const VERSIONS = new Set(["swagger", "openapi"]);

/** `swagger: 2.0` is a number, and JSON's number has lost its zero. */
export function versionText(value: Value): string {
  return Number.isInteger(value) ? `${String(value)}.0` : pythonText(value);
}

/** As in a message: `str(value)`, where text has no quotes of its own. */
export function shown(value: Value | undefined): string {
  if (value === undefined) return "None";
  return typeof value === "string" ? textOf(value) : withoutUnicode(value);
}

/** Text as it is in a list in a message; Python 3 marks nothing. */
export function withoutUnicode(value: Value): string {
  if (typeof value === "string") return quoted(textOf(value));
  if (Array.isArray(value)) return `[${value.map(withoutUnicode).join(", ")}]`;
  if (!(value instanceof Dict)) return pythonText(value);
  const members = value.entries().map(([key, member]) => `${quoted(key)}: ${withoutUnicode(member)}`);
  return `{${members.join(", ")}}`;
}

function unicode(text: string): string {
  return `u${quoted(unicodeEscaped(text)).replaceAll("\\\\", "\\")}`;
}

/** Python's unicode_escape. */
function unicodeEscaped(text: string): string {
  return [...text]
    .map((character) => {
      const point = character.codePointAt(0) ?? 0;
      if (character === "\\") return "\\\\";
      if (character in CONTROLS) return CONTROLS[character];
      if (point >= 0x20 && point < 0x7f) return character;
      if (point < 0x100) return `\\x${point.toString(16).padStart(2, "0")}`;
      if (point < 0x10000) return `\\u${point.toString(16).padStart(4, "0")}`;
      return `\\U${point.toString(16).padStart(8, "0")}`;
    })
    .join("");
}

const CONTROLS: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = [...text]
    .map((character) => {
      const point = character.codePointAt(0) ?? 0;
      if (character === "\\" || character === quote) return `\\${character}`;
      if (character in CONTROLS) return CONTROLS[character];
      if (point < 0x20 || (point >= 0x7f && point < 0xa1)) return `\\x${point.toString(16).padStart(2, "0")}`;
      return character;
    })
    .join("");
  return quote + escaped + quote;
}

export interface DumpForm {
  readonly sorted?: boolean;
  /** Between members, and after a key. */
  readonly separators?: readonly [string, string];
  /** Spaces of one level; on one line without it. */
  readonly indent?: number;
}

/** A value as `json.dumps` writes it. */
export function dumped(value: Value, form: DumpForm = {}, level = 1): string {
  const [between, after] = form.separators ?? [", ", ": "];
  if (typeof value === "string") return asciiQuoted(textOf(value));
  if (!Array.isArray(value) && !(value instanceof Dict)) return JSON.stringify(value);
  const items = Array.isArray(value)
    ? value.map((item) => dumped(item, form, level + 1))
    : entriesOf(value, form).map(
        ([key, member]) => asciiQuoted(key) + after + dumped(member, form, level + 1),
      );
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (form.indent === undefined || items.length === 0) return open + items.join(between) + close;
  const line = `\n${" ".repeat(form.indent * level)}`;
  const end = `\n${" ".repeat(form.indent * (level - 1))}`;
  return open + line + items.join(between + line) + end + close;
}

function entriesOf(dict: Dict, form: DumpForm): [string, Value][] {
  const entries = dict.entries();
  return form.sorted ? entries.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)) : entries;
}

function asciiQuoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
