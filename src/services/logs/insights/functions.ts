import { createHash } from "node:crypto";
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { parseLogfmt } from "./logfmt.ts";
import { isTrue, Moment, numberOf, textOf, type Value } from "./values.ts";

/** A function of values: how many it takes, and what it comes to. */
export interface ScalarFunction {
  readonly least: number;
  readonly most: number;
  readonly apply: (...given: Value[]) => Value;
}

const numeric = (of: (value: number) => number): ScalarFunction => ({
  least: 1,
  most: 1,
  apply(value) {
    const number = numberOf(value);
    return number === undefined ? undefined : of(number);
  },
});

const textual = (of: (value: string) => Value): ScalarFunction => ({
  least: 1,
  most: 1,
  apply(value) {
    const text = textOf(value);
    return text === undefined ? undefined : of(text);
  },
});

const outermost = (choose: (...values: number[]) => number): ScalarFunction => ({
  least: 1,
  most: Infinity,
  apply(...given) {
    const numbers = given.map(numberOf).filter((number) => number !== undefined);
    return numbers.length === 0 ? undefined : choose(...numbers);
  },
});

const trimming = (sides: "left" | "right" | "both"): ScalarFunction => ({
  least: 1,
  most: 2,
  apply(value, characters) {
    const text = textOf(value);
    if (text === undefined) return undefined;
    const unwanted = textOf(characters);
    const isUnwanted = (one: string) => (unwanted === undefined ? /\s/.test(one) : unwanted.includes(one));
    let [start, end] = [0, text.length];
    if (sides !== "right") while (start < end && isUnwanted(text[start] ?? "")) start++;
    if (sides !== "left") while (end > start && isUnwanted(text[end - 1] ?? "")) end--;
    return text.slice(start, end);
  },
});

const address = (of: (text: string) => boolean): ScalarFunction => ({
  least: 1,
  most: 1,
  apply: (value) => of(textOf(value) ?? ""),
});

const inSubnet = (family: 0 | 4 | 6): ScalarFunction => ({
  least: 2,
  most: 2,
  apply(value, subnet) {
    const ip = textOf(value) ?? "";
    const [net = "", bits = ""] = (textOf(subnet) ?? "").split("/");
    const own = isIP(ip);
    const version = isIP(net);
    if (own === 0 || own !== version || (family !== 0 && own !== family)) return false;
    const length = Number(bits);
    if (!/^\d+$/.test(bits) || length > (own === 4 ? 32 : 128)) return false;
    const list = new BlockList();
    const type = own === 4 ? "ipv4" : "ipv6";
    list.addSubnet(net, length, type);
    return list.check(ip, type);
  },
});

/** By their names in lower case. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html */
export const FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  abs: numeric(Math.abs),
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  log: numeric(Math.log),
  sqrt: numeric(Math.sqrt),
  greatest: outermost(Math.max),
  least: outermost(Math.min),

  ispresent: { least: 1, most: 1, apply: (value) => value !== undefined && value !== null },
  coalesce: {
    least: 1,
    most: Infinity,
    apply: (...given) => given.find((value) => value !== undefined && value !== null),
  },

  if: { least: 3, most: 3, apply: (condition, one, other) => (isTrue(condition) ? one : other) },
  // Conditions and their values in turn, then what holds otherwise.
  case: {
    least: 2,
    most: Infinity,
    apply(...given) {
      for (let at = 0; at + 1 < given.length; at += 2) if (isTrue(given[at])) return given[at + 1];
      return given.length % 2 === 1 ? given.at(-1) : undefined;
    },
  },
  // Nothing is masked here.
  unmask: { least: 1, most: 1, apply: (value) => value },

  isempty: { least: 1, most: 1, apply: (value) => (textOf(value) ?? "") === "" },
  isblank: { least: 1, most: 1, apply: (value) => (textOf(value) ?? "").trim() === "" },
  concat: {
    least: 1,
    most: Infinity,
    apply: (...given) => given.map((value) => textOf(value) ?? "").join(""),
  },
  ltrim: trimming("left"),
  rtrim: trimming("right"),
  trim: trimming("both"),
  strlen: textual((text) => [...text].length),
  toupper: textual((text) => text.toUpperCase()),
  tolower: textual((text) => text.toLowerCase()),
  substr: {
    least: 2,
    most: 3,
    apply(value, from, length) {
      const text = textOf(value);
      const start = numberOf(from);
      if (text === undefined || start === undefined) return undefined;
      const count = numberOf(length);
      return text.slice(start, count === undefined ? undefined : start + count);
    },
  },
  replace: {
    least: 3,
    most: 3,
    apply(value, search, replacement) {
      const [text, wanted, next] = [textOf(value), textOf(search), textOf(replacement)];
      if (text === undefined || !wanted) return text;
      return text.split(wanted).join(next ?? "");
    },
  },
  strcontains: {
    least: 2,
    most: 2,
    apply: (value, search) => (textOf(value) ?? "").includes(textOf(search) ?? "\0"),
  },

  frommillis: {
    least: 1,
    most: 1,
    apply(value) {
      const ms = numberOf(value);
      return ms === undefined ? undefined : new Moment(ms);
    },
  },
  tomillis: { least: 1, most: 1, apply: (value) => (value instanceof Moment ? value.ms : undefined) },

  jsonparse: textual((text) => {
    try {
      const value: unknown = JSON.parse(text);
      return value as Value;
    } catch {
      return undefined;
    }
  }),
  jsonstringify: {
    least: 1,
    most: 1,
    apply: (value) => (value === undefined ? undefined : JSON.stringify(value)),
  },

  logfmt: textual(parseLogfmt),

  md5: textual((text) => createHash("md5").update(text).digest("hex")),
  sha256: textual((text) => createHash("sha256").update(text).digest("hex")),

  isvalidip: address((text) => isIP(text) !== 0),
  isvalidipv4: address(isIPv4),
  isvalidipv6: address(isIPv6),
  isipinsubnet: inSubnet(0),
  isipv4insubnet: inSubnet(4),
  isipv6insubnet: inSubnet(6),
};
