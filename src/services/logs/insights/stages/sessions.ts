import type { Row } from "../row.ts";
import { numberOf, textOf } from "../values.ts";
import { Holding, type Stage } from "./stage.ts";

interface Visit {
  readonly row: Row;
  readonly ms: number;
}

/** Events of one identity that follow each other without a long pause are a session. */
export class Sessions extends Holding {
  readonly #fields: readonly string[];
  readonly #gapMs: number;
  readonly #name: string;

  constructor(next: Stage, fields: readonly string[], gapMs: number, name: string) {
    super(next);
    this.#fields = fields;
    this.#gapMs = gapMs;
    this.#name = name;
  }

  protected made(rows: Row[]): readonly Row[] {
    const visits = new Map<string, Visit[]>();
    for (const row of rows) {
      const ms = numberOf(row.get("@timestamp"));
      const identity = this.#fields.map((field) => textOf(row.get(field)));
      // What is nobody's, or of no time, is in no session.
      if (ms === undefined || identity.includes(undefined)) continue;
      const key = identity.join(":");
      const known = visits.get(key);
      if (known) known.push({ row, ms });
      else visits.set(key, [{ row, ms }]);
    }
    for (const [identity, all] of visits) this.#number(identity, all);
    return rows;
  }

  #number(identity: string, visits: readonly Visit[]): void {
    let session = 0;
    let beforeMs = Number.NEGATIVE_INFINITY;
    for (const { row, ms } of visits.toSorted((one, other) => one.ms - other.ms)) {
      if (ms - beforeMs > this.#gapMs) session++;
      beforeMs = ms;
      row.set(this.#name, `${identity}:${session}`);
    }
  }
}
