import { Fault } from "../../../../kernel/faults.ts";
import { checkValue } from "../../values/validate.ts";
import { type AttributeValue, invalid, setAttribute } from "../../values/value.ts";
import { malformed } from "./malformed.ts";
import type { Reader } from "./reader.ts";

const MOST_LEVELS = 32;

/**
 * Reads a literal or a parameter, if one is next.
 *
 *   literal = "?" | string | [ "-" | "+" ] number | TRUE | FALSE | NULL
 *           | "[" [ literal { "," literal } ] "]"
 *           | "{" [ string ":" literal { "," string ":" literal } ] "}"
 *           | "<<" literal { "," literal } ">>"
 *
 * `place` is where it stands in the value that it is part of, as AWS names it in messages: `root.a[0]`.
 * Faults: ValidationException.
 */
export function readLiteral(reader: Reader, place = "root", level = 1): AttributeValue | undefined {
  if (level > MOST_LEVELS) throw invalid(`Nesting Levels have exceeded supported limits under ${place}`);
  const parameter = reader.takeParameter();
  if (parameter) return parameter;
  const { kind, text } = reader.token;
  if (kind === "string") {
    reader.advance();
    return { S: text };
  }
  if (kind === "number") return readNumber(reader, "", place);
  if (kind === "word") return readWord(reader);
  if (kind !== "symbol") return undefined;
  if (reader.take("-")) return readNumber(reader, "-", place);
  if (reader.take("[")) return { L: readElements(reader, "]", place, level + 1) };
  if (reader.take("<<")) return readSet(reader, place, level);
  if (reader.take("{")) return { M: readMap(reader, place, level + 1) };
  return undefined;
}

/** A literal where nothing else may be. */
export function needLiteral(reader: Reader, place = "root", level = 1): AttributeValue {
  const value = readLiteral(reader, place, level);
  if (!value && reader.atCall) {
    const { token } = reader;
    throw invalid(`Unsupported data type: ${token.text.toLowerCase()} under key ${place} at ${token.place}`);
  }
  if (!value) throw reader.unexpectedTerm();
  return value;
}

/** The members of a map after its opening brace. The values of an item are each a root of their own. */
export function readMap(
  reader: Reader,
  place: string | undefined,
  level: number,
): Record<string, AttributeValue> {
  const map: Record<string, AttributeValue> = {};
  if (reader.take("}")) return map;
  do {
    const { kind, text } = reader.token;
    if (kind !== "string") throw reader.unexpectedTerm();
    reader.advance();
    reader.expect(":");
    const inner = place === undefined ? "root" : `${place}.${text}`;
    setAttribute(map, text, needLiteral(reader, inner, level));
  } while (reader.take(","));
  reader.expect("}");
  return map;
}

function readWord(reader: Reader): AttributeValue | undefined {
  if (reader.takeWord("TRUE")) return { BOOL: true };
  if (reader.takeWord("FALSE")) return { BOOL: false };
  return reader.takeWord("NULL") ? { NULL: true } : undefined;
}

function readNumber(reader: Reader, sign: string, place: string): AttributeValue {
  const { kind, text } = reader.token;
  if (kind !== "number") throw reader.unexpectedTerm();
  reader.advance();
  return checkedAt({ N: sign + text }, place);
}

function readElements(reader: Reader, close: string, place: string, level: number): AttributeValue[] {
  const elements: AttributeValue[] = [];
  if (reader.take(close)) return elements;
  do elements.push(needLiteral(reader, `${place}[${elements.length}]`, level));
  while (reader.take(","));
  reader.expect(close);
  return elements;
}

function readSet(reader: Reader, place: string, level: number): AttributeValue {
  const members = readElements(reader, ">>", place, level + 1);
  const texts = members.flatMap((member) => (member.S === undefined ? [] : [member.S]));
  const numbers = members.flatMap((member) => (member.N === undefined ? [] : [member.N]));
  const binaries = members.flatMap((member) => (member.B === undefined ? [] : [member.B]));
  const sets: AttributeValue[] = [{ SS: texts }, { NS: numbers }, { BS: binaries }];
  const [set] = sets.filter((_, at) => [texts, numbers, binaries][at]?.length === members.length);
  if (!set || members.length === 0) throw malformed("");
  return checkedAt(set, place);
}

function checkedAt(value: AttributeValue, place: string): AttributeValue {
  try {
    return checkValue(value);
  } catch (fault) {
    throw fault instanceof Fault ? invalid(`${fault.message} under ${place}`) : fault;
  }
}
