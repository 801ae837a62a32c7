import type { Row } from "../row.ts";

/** Takes rows one by one, and makes others of them. */
export interface Stage {
  take(row: Row): void;
  /** No more rows come. */
  end(): void;
  /** Whatever comes is not wanted any more. */
  readonly isFull: boolean;
}

/** Rows at the end of all stages. */
export class Collected implements Stage {
  readonly rows: Row[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  take(row: Row): void {
    if (!this.isFull) this.rows.push(row);
  }

  end(): void {}

  get isFull(): boolean {
    return this.rows.length >= this.#most;
  }
}

/** Hands rows on; a subclass says which, and what becomes of them. */
export abstract class Through implements Stage {
  protected readonly next: Stage;

  constructor(next: Stage) {
    this.next = next;
  }

  abstract take(row: Row): void;

  end(): void {
    this.next.end();
  }

  get isFull(): boolean {
    return this.next.isFull;
  }
}

/** More rows than these are not held at once: what a query does with more than that says nothing. */
export const MOST_HELD = 1_000_000;

/** Holds all rows, and hands on what a subclass makes of them. */
export abstract class Holding extends Through {
  readonly #rows: Row[] = [];

  take(row: Row): void {
    if (this.#rows.length < MOST_HELD) this.#rows.push(row);
  }

  protected abstract made(rows: Row[]): readonly Row[];

  override end(): void {
    for (const row of this.made(this.#rows)) this.next.take(row);
    this.next.end();
  }

  override get isFull(): boolean {
    return false;
  }
}

/** Counts the rows that pass; those that nobody wants any more are counted too. */
export class Counted extends Through {
  count = 0;

  take(row: Row): void {
    this.count++;
    if (!this.next.isFull) this.next.take(row);
  }
}
