import { createHash } from "node:crypto";
import { type Algorithm, base64, digesterOf } from "./checksums.ts";

/** What is made of a body while it goes by. */
export interface Sums {
  /** Hexadecimal. */
  readonly md5: string;
  /** Base64, one for each algorithm that was asked for. */
  readonly checksums: readonly string[];
}

/** Takes a body in pieces. A promise asks to be awaited before the next piece. */
export interface Summer {
  update(bytes: Uint8Array): Promise<void> | undefined;
  end(): Promise<Sums>;
  /** For a body that broke off: its sums are of no use. */
  drop(): void;
}

/** Sums in this thread: for bodies that are not worth another. */
export async function sumHere(algorithms: readonly Algorithm[]): Promise<Summer> {
  const md5 = createHash("md5");
  const digesters = await Promise.all(algorithms.map(digesterOf));
  return {
    update(bytes) {
      md5.update(bytes);
      for (const digester of digesters) digester.update(bytes);
      return undefined;
    },
    async end() {
      return {
        md5: md5.digest("hex"),
        checksums: digesters.map((digester) => base64(digester.digest())),
      };
    },
    drop() {},
  };
}

/** To the thread. Messages of one body come in order; bodies are told apart by their id. */
export type Task =
  | { readonly id: number; readonly begin: readonly Algorithm[] }
  | { readonly id: number; readonly bytes: Uint8Array<ArrayBuffer>; readonly length: number }
  | { readonly id: number; readonly end: "sums" | "drop" };

/** From the thread: a buffer that may be filled again, or a body's sums. */
export type Reply =
  | { readonly id: number; readonly free: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly sums: Sums };
