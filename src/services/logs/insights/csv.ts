/** Rows of cells under names. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A cell: quoted, in which quotes are doubled, or plain; and what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n][^,\r\n]*)?)(,|\r\n|\n|\r|$)/y;

/** The lines of a text of comma-separated values; undefined where quotes do not fit. */
export function readCsv(text: string): string[][] | undefined {
  const lines: string[][] = [];
  let line: string[] = [];
  CELL.lastIndex = 0;
  for (;;) {
    const found = CELL.exec(text);
    if (!found) return undefined;
    const [, quoted, plain = "", end] = found;
    line.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    // An empty line is none.
    if (line.length > 1 || line[0] !== "") lines.push(line);
    line = [];
    if (CELL.lastIndex >= text.length) return lines;
  }
}

export function writeCsv(lines: readonly (readonly string[])[]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return lines.map((line) => `${line.map(cell).join(",")}\n`).join("");
}
