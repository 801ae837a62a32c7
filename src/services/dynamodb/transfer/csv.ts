/**
 * Rows of a CSV file, cell by cell: quoted cells may hold delimiters, doubled quotes and line breaks.
 * Empty lines have been left out.
 */
export async function* csvRows(lines: AsyncIterable<string>, delimiter: string): AsyncGenerator<string[]> {
  let pending: string | undefined;
  for await (const line of lines) {
    const text: string = pending === undefined ? line : `${pending}\n${line}`;
    const cells = cellsOf(text, delimiter);
    pending = cells ? undefined : text;
    if (cells) yield cells;
  }
}

/** The cells of a row, or undefined when it ends within quotes. */
function cellsOf(text: string, delimiter: string): string[] | undefined {
  const cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (isQuoted && char === '"' && text.charAt(at + 1) === '"') {
      cell += '"';
      at++;
    } else if (char === '"' && (isQuoted || cell === "")) {
      isQuoted = !isQuoted;
    } else if (char === delimiter && !isQuoted) {
      cells.push(cell);
      cell = "";
    } else cell += char;
  }
  return isQuoted ? undefined : [...cells, cell];
}
