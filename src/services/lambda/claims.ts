import type { Transaction } from "../../store/store.ts";
import { fault } from "./faults.ts";
import { LEAST_UNRESERVED_CONCURRENCY } from "./limits.ts";
import { addTotal, type FunctionId, type FunctionRecord, readTotal, writeFunction } from "./records.ts";

/**
 * What a function takes out of its account's concurrency, so that no other has it. What is provisioned is a
 * part of the function's reservation where there is one.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export function claimOf({ reservedConcurrency, provisionedConcurrency = 0 }: FunctionRecord): number {
  return reservedConcurrency ?? provisionedConcurrency;
}

/** Writes a function whose claim may have changed. */
export function changeClaims(
  tx: Transaction,
  id: FunctionId,
  before: FunctionRecord,
  after: FunctionRecord,
): void {
  addTotal(tx, id, "reservedConcurrency", claimOf(after) - claimOf(before));
  writeFunction(tx, id, after);
}

export interface ClaimChange {
  readonly before: FunctionRecord;
  readonly after: FunctionRecord;
  readonly accountConcurrency: number;
}

/** Refuses a claim that leaves less than the minimum to all other functions, in AWS's words. */
export async function checkUnreserved(
  tx: Transaction,
  id: FunctionId,
  { before, after, accountConcurrency }: ClaimChange,
  word: "Reserved" | "",
): Promise<void> {
  const claimed = (await readTotal(tx, id, "reservedConcurrency")) - claimOf(before) + claimOf(after);
  // Small accounts, such as new ones, must leave all they have.
  const least = Math.min(LEAST_UNRESERVED_CONCURRENCY, accountConcurrency);
  if (claimOf(after) <= claimOf(before) || accountConcurrency - claimed >= least) return;
  throw fault(
    "InvalidParameterValueException",
    `Specified ${word}ConcurrentExecutions for function decreases account's ` +
      `UnreservedConcurrentExecution below its minimum value of [${least}].`,
  );
}
