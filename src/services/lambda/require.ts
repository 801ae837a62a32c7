import type { Transaction } from "../../store/store.ts";
import { fault } from "./faults.ts";
import { functionArn, functionNotFound, isVersionNumber, qualifiedArn } from "./names.ts";
import { type FunctionId, type FunctionRecord, readAlias, readFunction, readVersion } from "./records.ts";

/** The function, or AWS's ResourceNotFoundException. */
export async function requireFunction(
  tx: Transaction,
  id: FunctionId,
  qualifier?: string,
): Promise<FunctionRecord> {
  const record = await readFunction(tx, id);
  if (!record) throw functionNotFound(qualifier ? qualifiedArn(id, qualifier) : functionArn(id));
  return record;
}

/** Sees to it that a version or an alias exists; the two have words of their own for what is missing. */
export async function requireQualifier(tx: Transaction, id: FunctionId, qualifier: string): Promise<void> {
  if (qualifier === "$LATEST") return;
  const arn = qualifiedArn(id, qualifier);
  if (isVersionNumber(qualifier)) {
    if (!(await readVersion(tx, id, qualifier))) throw functionNotFound(arn);
  } else if (!/^[a-zA-Z0-9-_]+$/.test(qualifier)) {
    throw functionNotFound(arn);
  } else if (!(await readAlias(tx, id, qualifier))) {
    throw fault("ResourceNotFoundException", `Cannot find alias arn: ${arn}`);
  }
}
