/** A command: its arguments in, its exit status out. */
export type Command = (args: string[], terminal: Terminal) => Promise<number>;

/** Where a command prints. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Width in characters. */
  readonly columns: number;
  readonly colour: boolean;
}
