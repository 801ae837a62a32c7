import type { Row } from "./row.ts";

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

/** Counts the rows that pass. */
export class Counted extends Through {
  count = 0;

  take(row: Row): void {
    this.count++;
    this.next.take(row);
  }
}
