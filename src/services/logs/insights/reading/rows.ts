import type { Command } from "./ast.ts";
import type { Parser } from "./parser.ts";

const MOST_LAGS = 100;
const LONGEST_PAUSE = { amount: 30, unit: "m" } as const;
const MOST_APPENDED = 100_000;
const DEFAULT_APPENDED = 10_000;
const DEFAULT_RANGE = 2.5;

/** `autoregress bytes as before p=1-4`: of rows before, the first of them or several. */
export function readAutoregress(parser: Parser): Command {
  const field = parser.name();
  let alias = parser.takesWord("as") ? parser.name() : undefined;
  let [first, last] = [1, 1];
  if (parser.takesOption("p")) {
    const token = parser.next;
    first = parser.whole(1, MOST_LAGS);
    last = parser.takesWord("-") ? parser.whole(1, MOST_LAGS) : first;
    if (last < first) parser.problem("p begins before it ends", token);
  }
  alias ??= parser.takesWord("as") ? parser.name() : undefined;
  const nameOf = (lag: number) =>
    alias !== undefined && first === last ? alias : `${alias ?? field}_p${lag}`;
  const lags = Array.from({ length: last - first + 1 }, (_, at) => [first + at, nameOf(first + at)] as const);
  return { kind: "autoregress", field, lags };
}

/** `outlier action=remove param=3.0 uselower=true mark=true cpu memory` */
export function readOutlier(parser: Parser): Command {
  let [removes, range, usesLower, marks] = [false, DEFAULT_RANGE, false, false];
  for (;;) {
    const option = parser.takesOption("action", "param", "uselower", "mark");
    if (option === undefined) break;
    if (option === "param") range = readRange(parser);
    else if (option === "uselower") usesLower = parser.truth();
    else if (option === "mark") marks = parser.truth();
    else if (parser.takesWord("remove")) removes = true;
    else if (parser.takesWord("transform")) removes = false;
    else parser.fail();
  }
  const token = parser.next;
  const fields = parser.names();
  if (fields.length === 0) parser.fail(token);
  return { kind: "outlier", removes, range, usesLower, marks, fields };
}

function readRange(parser: Parser): number {
  const token = parser.take();
  return token.kind === "number" ? Number(token.value) : parser.fail(token);
}

/** `sessionize userId, deviceId maxspan 1h as my_session` */
export function readSessionize(parser: Parser): Command {
  const fields = [parser.name()];
  while (parser.takesWord(",")) fields.push(parser.name());
  const gap = parser.takesWord("maxspan") ? parser.period() : LONGEST_PAUSE;
  const name = parser.takesWord("as") ? parser.name() : "session_id";
  return { kind: "sessionize", fields, gap, name };
}

/** `countFrequent method, status` */
export function readCountFrequent(parser: Parser): Command {
  const fields = [parser.name()];
  while (parser.takesWord(",")) fields.push(parser.name());
  return { kind: "countfrequent", fields };
}

/** `relevantfields path, service where ms > 400`; without fields, all that are found. */
export function readRelevantFields(parser: Parser): Command {
  const fields: string[] = [];
  while (parser.isName && !parser.isWord("where")) {
    fields.push(parser.name());
    if (!parser.takesWord(",")) break;
  }
  parser.expectWord("where");
  return { kind: "relevantfields", fields, condition: parser.expression() };
}

/** `logcompare timeshift 7d`: patterns, and those of the same time so much earlier. */
export function readLogCompare(parser: Parser): Command {
  parser.expectWord("timeshift");
  return { kind: "diff", against: parser.period() };
}

/** `appendcols override=true max=100 ( SOURCE lg | stats avg(ms) as ms by svc )` */
export function readAppendCols(parser: Parser): Command {
  let [overrides, most] = [false, DEFAULT_APPENDED];
  for (;;) {
    const option = parser.takesOption("override", "max");
    if (option === undefined) break;
    if (option === "override") overrides = parser.truth();
    else most = parser.whole(1, MOST_APPENDED);
  }
  return { kind: "appendcols", overrides, most, subquery: parser.subquery() };
}
