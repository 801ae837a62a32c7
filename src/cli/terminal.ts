type Painter = (text: string) => string;

/** Colours, or none of them. */
export interface Palette {
  readonly bold: Painter;
  readonly dim: Painter;
  readonly red: Painter;
  readonly yellow: Painter;
  readonly green: Painter;
  readonly blue: Painter;
  readonly cyan: Painter;
  readonly magenta: Painter;
  /** Cannot be overlooked. */
  readonly alarm: Painter;
}

export function palette(colour: boolean): Palette {
  const paint = (code: string): Painter =>
    colour ? (text) => (text === "" ? "" : `\x1b[${code}m${text}\x1b[0m`) : (text) => text;
  return {
    bold: paint("1"),
    dim: paint("2"),
    red: paint("31"),
    yellow: paint("33"),
    green: paint("32"),
    blue: paint("34"),
    cyan: paint("36"),
    magenta: paint("35"),
    alarm: paint("1;97;41"),
  };
}

/** The same name always has the same colour, wherever it is printed. */
export function stableColour(colours: Palette, name: string): Painter {
  const wheel = [colours.cyan, colours.magenta, colours.green, colours.yellow, colours.blue];
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return wheel[sum % wheel.length] ?? colours.cyan;
}

/** Escape sequences: those with parameters, those that carry a text, and the rest. */
const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: so are these, and what turns the writing around
const CONTROL = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+/g;

/**
 * Text from a function or a client as one line that is safe to print: escape sequences would let it move
 * the cursor or clear the screen.
 */
export function printable(text: string): string {
  return text.replaceAll("\t", "  ").replace(SEQUENCE, "").replace(CONTROL, " ");
}

/** Wide characters take two cells: https://www.unicode.org/reports/tr11/, its main blocks. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;
const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;

function cellsOf(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) || /\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
}

/** How many cells of the terminal the text takes. It must hold no escape sequences. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += cellsOf(character);
  return width;
}

/** The text in exactly `width` cells: padded, or cut with an ellipsis. */
export function inCells(text: string, width: number): string {
  const own = widthOf(text);
  if (own <= width) return text + " ".repeat(width - own);
  let kept = "";
  let used = 0;
  for (const character of text) {
    const cells = cellsOf(character);
    if (used + cells > width - 1) break;
    kept += character;
    used += cells;
  }
  return `${kept}…${" ".repeat(Math.max(0, width - used - 1))}`;
}

/** `0.4 ms`, `12 ms`, `1.24 s`, `2 min 5 s`, `3 h 12 min`: three digits are enough to read. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 10) return `${durationMs.toFixed(1)} ms`;
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 9_995) return `${(durationMs / 1_000).toFixed(2)} s`;
  if (durationMs < 59_950) return `${(durationMs / 1_000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `812 B`, `34 kB`, `2.1 MB`. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1_000) return `${sizeBytes} B`;
  if (sizeBytes < 999_500) return `${Math.round(sizeBytes / 1_000)} kB`;
  if (sizeBytes < 999_500_000) return `${(sizeBytes / 1_000_000).toFixed(1)} MB`;
  return `${(sizeBytes / 1_000_000_000).toFixed(1)} GB`;
}

/** `2026-11-23 03:15:00.123` in universal time, as AWS's own logs have it. */
export function formatMoment(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("T", " ").replace("Z", "");
}

/** `1 span`, `3 spans`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
  /** This column gives way when the table is wider than the terminal, down to so many cells. */
  readonly least?: number;
  readonly paint?: (cell: string, row: Row) => string;
}

/** A table's lines, its head first. Columns with `least` shrink until the table fits in `width`. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const cells = rows.map((row) => columns.map((column) => column.of(row)));
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...cells.map((line) => widthOf(line[index] ?? ""))),
  );
  let excess = widths.reduce((sum, each) => sum + each + 2, -2) - width;
  for (const [index, { least }] of columns.entries()) {
    const own = widths[index] ?? 0;
    if (least === undefined || excess <= 0) continue;
    widths[index] = Math.max(Math.min(own, least), own - excess);
    excess -= own - widths[index];
  }
  const lay = (line: readonly string[], paint: (cell: string, index: number) => string) =>
    line
      .map((text, index) => {
        const room = widths[index] ?? 0;
        const placed = columns[index]?.right ? text.padStart(room) : inCells(text, room);
        return paint(placed, index);
      })
      .join("  ")
      .trimEnd();
  const head = lay(
    columns.map(({ title }) => title),
    (cell) => cell,
  );
  const body = rows.map((row, at) =>
    lay(cells[at] ?? [], (cell, index) => columns[index]?.paint?.(cell, row) ?? cell),
  );
  return [head, ...body];
}
