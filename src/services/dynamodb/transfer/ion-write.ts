import type { AttributeValue, Item } from "../values/value.ts";

const PLAIN_SYMBOL = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
/** Names that stand for something else unless they are quoted. */
const KEYWORDS = new Set(["null", "true", "false", "nan"]);

/**
 * Items as AWS's exports write them in Ion's text: one `$ion_1_0 {Item:{…}}` a line, numbers as decimals,
 * sets as annotated lists.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
export function ionItemLine(item: Item): string {
  return ionPartsLine({ Item: item });
}

/** A line of several named items, as incremental exports have them. */
export function ionPartsLine(parts: Readonly<Record<string, Item>>): string {
  const fields = Object.entries(parts).map(([name, M]) => [name, { M: { ...M } }] as const);
  return `$ion_1_0 ${structOf(Object.fromEntries(fields))}\n`;
}

function structOf(fields: Item): string {
  const members = Object.keys(fields).map((name) => {
    const value = fields[name];
    return `${symbolOf(name)}:${value ? textOf(value) : "null"}`;
  });
  return `{${members.join(",")}}`;
}

function symbolOf(name: string): string {
  if (PLAIN_SYMBOL.test(name) && !KEYWORDS.has(name)) return name;
  const escaped = JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

function textOf(value: AttributeValue): string {
  if (value.S !== undefined) return JSON.stringify(value.S);
  if (value.N !== undefined) return decimalOf(value.N);
  if (value.BOOL !== undefined) return String(value.BOOL);
  if (value.NULL !== undefined) return "null";
  if (value.B !== undefined) return blobOf(value.B);
  if (value.M !== undefined) return structOf(value.M);
  if (value.L !== undefined) return listOf(value.L.map(textOf));
  if (value.SS !== undefined) return `$dynamodb_SS::${listOf(value.SS.map((text) => JSON.stringify(text)))}`;
  if (value.NS !== undefined) return `$dynamodb_NS::${listOf(value.NS.map(decimalOf))}`;
  return `$dynamodb_BS::${listOf((value.BS ?? []).map(blobOf))}`;
}

function listOf(texts: readonly string[]): string {
  return `[${texts.join(",")}]`;
}

function blobOf(bytes: Uint8Array): string {
  return `{{${Buffer.from(bytes).toString("base64")}}}`;
}

/** A point or an exponent makes a decimal of what would be a whole number otherwise. */
function decimalOf(text: string): string {
  if (text.includes(".")) return text;
  const digits = text.replace(/0+$/, "");
  if (digits === "" || digits === "-" || digits === text) return `${text}.`;
  return `${digits}d${text.length - digits.length}`;
}
