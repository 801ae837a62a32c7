import type { Background } from "../define.ts";

/** A piece of work that is counted, and not while it waits for something to happen. */
export class Counted {
  readonly #begin: Background["begin"];
  #end: () => void;

  constructor({ begin }: Pick<Background, "begin">) {
    this.#begin = begin;
    this.#end = begin();
  }

  /** Says that it waits; the function returned says that it goes on. */
  readonly rest = (): (() => void) => {
    this.#end();
    return () => {
      this.#end = this.#begin();
    };
  };

  done(): void {
    this.#end();
  }
}
