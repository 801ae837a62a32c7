import type { Transaction } from "../../store/store.ts";
import { pipeMissing } from "./faults.ts";
import type { PipeName } from "./names.ts";
import { type PipeRecord, readPipe } from "./records.ts";

export async function requirePipe(tx: Transaction, name: PipeName): Promise<PipeRecord> {
  const pipe = await readPipe(tx, name);
  if (!pipe) throw pipeMissing(name.name);
  return pipe;
}
