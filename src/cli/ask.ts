import { createInterface } from "node:readline/promises";
import { UserError } from "../kernel/faults.ts";

/** Asks for a yes. Where nobody can answer, `--yes` must have been given. */
export async function confirmed(question: string, isYes: boolean): Promise<boolean> {
  if (isYes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UserError("there is no terminal to ask in: say --yes to go ahead.");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    // Ctrl-C is a no.
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
    process.stdout.write("\n");
    return false;
  } finally {
    lines.close();
  }
}
