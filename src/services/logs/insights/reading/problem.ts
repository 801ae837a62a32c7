/** Why a text is no query, and where in it. */
export class QueryProblem extends Error {
  override readonly name = "QueryProblem";
  /** Character offsets, the end excluded. */
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.start = start;
    this.end = end;
  }
}

/** As AWS words it. */
export function unexpected(query: string, symbol: string, start: number): QueryProblem {
  const before = query.slice(0, start).split("\n");
  const position = (before.at(-1)?.length ?? 0) + 1;
  const shown = symbol === "" ? "the end of the query" : symbol;
  const message = `unexpected symbol found ${shown} at line ${before.length} and position ${position}`;
  return new QueryProblem(message, start, start + Math.max(1, symbol.length));
}
