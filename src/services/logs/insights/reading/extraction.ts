import { readCsv } from "../csv.ts";
import { structureOf } from "../functions/json.ts";
import { parseLogfmt } from "../logfmt.ts";
import { memberAt } from "../row.ts";
import { textOf, type Value } from "../values.ts";
import type { Command, Expression } from "./ast.ts";
import type { Parser } from "./parser.ts";
import { compileGlob, compileRegex } from "./regex.ts";
import type { Token } from "./tokens.ts";

const MODES = ["logfmt", "csv"] as const;
const MESSAGE: Expression = { kind: "field", name: "@message" };

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html */
export function readParse(parser: Parser): Command {
  const isField = parser.isName && !MODES.some((mode) => parser.isWord(mode));
  const field: Expression = isField ? { kind: "field", name: parser.name() } : MESSAGE;
  if (parser.takesWord("logfmt")) return readLogfmt(parser, field);
  if (parser.takesWord("csv")) return readCsvNames(parser, field);
  const token = parser.take();
  if (token.kind === "regex") return readRegex(parser, field, token);
  if (token.kind !== "text") parser.fail(token);
  const { expression, stars } = compileGlob(token.value);
  const names = readNames(parser);
  if (names.length !== stars) {
    parser.problem(`parse has ${stars} wildcards and ${names.length} names for them`, token);
  }
  return { kind: "parse", field, expression, names };
}

/** `as a, b` */
function readNames(parser: Parser): string[] {
  parser.expectWord("as");
  const names = [parser.name()];
  while (parser.takesWord(",")) names.push(parser.name());
  return names;
}

/** With names in the expression, or after it for its groups in their order. */
function readRegex(parser: Parser, field: Expression, token: Token): Command {
  const found = compileRegex(token.value, token.start, token.end);
  const named = [...token.value.matchAll(/\(\?P?<([A-Za-z_]\w*)>/g)].map(([, name = ""]) => name);
  const names = parser.isWord("as") ? readNames(parser) : named;
  if (names.length === 0) parser.problem("a regular expression of parse needs named groups", token);
  const groups = (new RegExp(`${found.source}|`, found.flags).exec("")?.length ?? 1) - 1;
  if (names.length > groups) {
    parser.problem(`parse has ${groups} groups and ${names.length} names for them`, token);
  }
  // Groups that are named are found by their place too.
  const expression =
    names === named ? found : new RegExp(found.source.replaceAll(/\(\?<[A-Za-z_]\w*>/g, "("), found.flags);
  return { kind: parser.takesWord("multi") ? "parseEach" : "parse", field, expression, names };
}

/** `parse @message logfmt as lf`: what is found is `lf.level`. */
function readLogfmt(parser: Parser, field: Expression): Command {
  parser.expectWord("as");
  const read = (value: Value) => [parseLogfmt(textOf(value) ?? "")];
  return { kind: "extract", field, read, names: [parser.name()] };
}

/** `parse @message csv as time, level, message` */
function readCsvNames(parser: Parser, field: Expression): Command {
  const read = (value: Value) => readCsv(textOf(value) ?? "")?.[0] ?? [];
  return { kind: "extract", field, read, names: readNames(parser) };
}

/** `json field=payload "user.name" as name` */
export function readJson(parser: Parser): Command {
  const token = parser.next;
  if (!parser.takesOption("field")) parser.fail(token);
  const field: Expression = { kind: "field", name: parser.name() };
  const path = parser.take();
  if (path.kind !== "text") parser.fail(path);
  const keys = path.value.replaceAll(/\[(\d+)\]/g, ".$1");
  const read = (value: Value) => {
    const found = structureOf(value);
    return [found && memberAt(found, keys)];
  };
  parser.expectWord("as");
  return { kind: "extract", field, read, names: [parser.name()] };
}
