/** More than these of one pattern are not looked at one by one. */
const MOST_KEPT = 2_000;

interface Occurrence {
  readonly ms: number;
  /** What stood where the pattern leaves a blank, in order. */
  readonly words: readonly string[];
  readonly message: string;
}

/** When a pattern was met, and with what. */
export class Occurrences {
  readonly kept: Occurrence[] = [];
  firstMs = Number.POSITIVE_INFINITY;
  lastMs = Number.NEGATIVE_INFINITY;

  add(occurrence: Occurrence): void {
    this.firstMs = Math.min(this.firstMs, occurrence.ms);
    this.lastMs = Math.max(this.lastMs, occurrence.ms);
    if (this.kept.length < MOST_KEPT) this.kept.push(occurrence);
  }

  /** What stood at each blank. */
  get columns(): readonly (readonly string[])[] {
    const count = this.kept[0]?.words.length ?? 0;
    return Array.from({ length: count }, (_, at) => this.kept.map(({ words }) => words[at] ?? ""));
  }
}
