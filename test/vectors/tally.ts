/** One kind of vectors. */
export interface Suite {
  /** The folder's name below the one given. */
  readonly folder: string;
  run(path: string): Promise<Tally>;
}

export interface Tally {
  passed: number;
  /** One line each. */
  readonly failures: string[];
  readonly skips: { readonly name: string; readonly reason: string }[];
}

export function newTally(): Tally {
  return { passed: 0, failures: [], skips: [] };
}
