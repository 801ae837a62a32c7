import { createHash } from "node:crypto";
import { compileRegex } from "../reading/regex.ts";
import { isTrue, numberOf, textOf, type Value } from "../values.ts";
import { comparing, plainText, type ScalarFunction, taking, textual } from "./kinds.ts";

const ANY = Number.POSITIVE_INFINITY;

const trimming = (sides: "left" | "right" | "both"): ScalarFunction =>
  taking(1, 2, (value, characters) => {
    const text = plainText(value);
    if (text === undefined) return undefined;
    const unwanted = plainText(characters);
    const isUnwanted = (one: string) => (unwanted === undefined ? /\s/.test(one) : unwanted.includes(one));
    let [start, end] = [0, text.length];
    if (sides !== "right") while (start < end && isUnwanted(text[start] ?? "")) start++;
    if (sides !== "left") while (end > start && isUnwanted(text[end - 1] ?? "")) end--;
    return text.slice(start, end);
  });

function substr(value: Value, from: Value, length: Value): Value {
  const text = plainText(value);
  const start = numberOf(from);
  if (text === undefined || start === undefined) return undefined;
  const count = numberOf(length);
  return text.slice(start, count === undefined ? undefined : start + count);
}

function replace(value: Value, search: Value, replacement: Value): Value {
  const [text, wanted, next] = [plainText(value), plainText(search), plainText(replacement)];
  if (text === undefined || !wanted) return text;
  return text.split(wanted).join(next ?? "");
}

/** The expression may be written as a text too; groups are `$1`, or as RE2 has them `\1`. */
function regexReplace(value: Value, pattern: Value, replacement: Value): Value {
  const text = plainText(value);
  if (text === undefined) return undefined;
  const found = pattern instanceof RegExp ? pattern : readRegex(plainText(pattern));
  if (!found) return text;
  const next = (plainText(replacement) ?? "").replaceAll(/\\(\d)/g, "$$$1");
  return text.replaceAll(new RegExp(found.source, `${found.flags}g`), next);
}

function readRegex(text: string | undefined): RegExp | undefined {
  try {
    return text ? compileRegex(text, 0, text.length) : undefined;
  } catch {
    // What is no expression matches nothing.
    return undefined;
  }
}

function contains(value: Value, search: Value, ignoresCase: Value): Value {
  const [text, wanted] = [plainText(value), plainText(search)];
  if (text === undefined || wanted === undefined) return 0;
  const fold = (one: string) => (isTrue(ignoresCase) ? one.toLowerCase() : one);
  return fold(text).includes(fold(wanted)) ? 1 : 0;
}

function urlDecode(text: string): Value {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

function hexToAscii(text: string): Value {
  const digits = text.replace(/^0x/i, "");
  return /^([0-9a-f]{2})*$/i.test(digits) ? Buffer.from(digits, "hex").toString("latin1") : undefined;
}

const hashing = (algorithm: string) => textual((text) => createHash(algorithm).update(text).digest("hex"));

export const TEXTUAL: Readonly<Record<string, ScalarFunction>> = {
  isempty: taking(1, 1, (value) => (textOf(value) ?? "") === ""),
  isblank: taking(1, 1, (value) => (textOf(value) ?? "").trim() === ""),
  concat: taking(1, ANY, (...given) => given.map((value) => plainText(value) ?? "").join("")),
  ltrim: trimming("left"),
  rtrim: trimming("right"),
  trim: trimming("both"),
  strlen: textual((text) => [...text].length),
  toupper: textual((text) => text.toUpperCase()),
  tolower: textual((text) => text.toLowerCase()),
  substr: taking(2, 3, substr),
  replace: taking(3, 3, replace),
  regexreplace: taking(3, 3, regexReplace),
  // As it was called at first.
  regex_replace: taking(3, 3, regexReplace),
  strcontains: taking(2, 3, contains),
  startswith: comparing((text, wanted) => text.startsWith(wanted)),
  endswith: comparing((text, wanted) => text.endsWith(wanted)),
  urlencode: textual(encodeURIComponent),
  urldecode: textual(urlDecode),
  base64encode: textual((text) => Buffer.from(text).toString("base64")),
  base64decode: textual((text) => Buffer.from(text, "base64").toString()),
  split: taking(2, 2, (value, delimiter) => {
    const [text, between] = [plainText(value), plainText(delimiter)];
    return text === undefined || between === undefined ? undefined : text.split(between);
  }),
  hextoascii: textual(hexToAscii),
  messagesize: textual((text) => Buffer.byteLength(text)),
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-hash-functions.html
  md5: hashing("md5"),
  sha256: hashing("sha256"),
};
