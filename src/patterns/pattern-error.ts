/** What makes a pattern invalid, in the words of AWS's matcher; each service wraps it in its own fault. */
export class PatternError extends Error {
  override readonly name = "PatternError";
  /** The message without the place in the text. */
  readonly reason: string;
  /** Where it is, as the message ends; empty when that is not known. */
  readonly place: string;

  constructor(reason: string, place = "") {
    super(reason + place);
    this.reason = reason;
    this.place = place;
  }
}

/** AWS's parser shows so much of a text. */
const MOST_SHOWN = 500;

/** `[Source: (String)"{}"; line: 1, column: 3]`: where a parser stands that has read so many characters. */
export function sourceAt(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - (before.lastIndexOf("\n") + 1) + 1;
  const more = text.length - MOST_SHOWN;
  const rest = more > 0 ? `[truncated ${more} chars]` : "";
  return `[Source: (String)"${text.slice(0, MOST_SHOWN)}"${rest}; line: ${line}, column: ${column}]`;
}
