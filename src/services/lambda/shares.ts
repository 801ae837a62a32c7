import type { FunctionVersion } from "../../kernel/functions.ts";
import type { Transaction } from "../../store/store.ts";
import { isVersionNumber } from "./names.ts";
import { type FunctionId, type ProvisionedRecord, readAlias, readVersion } from "./records.ts";
import { functionVersion } from "./resolve.ts";

/** How many environments of a version a provision comes to. */
export interface Share {
  readonly version: FunctionVersion;
  readonly count: number;
}

/** What a provision is allocated to: a version, or the one or two that an alias points at. */
export async function allocatedFor(
  tx: Transaction,
  id: FunctionId,
  qualifier: string,
  { requested }: ProvisionedRecord,
): Promise<Share[]> {
  const shares: Share[] = [];
  for (const [number, count] of await countsOf(tx, id, qualifier, requested)) {
    const version = count > 0 ? await readVersion(tx, id, number) : undefined;
    if (version) shares.push({ version: functionVersion(id, version), count });
  }
  return shares;
}

async function countsOf(
  tx: Transaction,
  id: FunctionId,
  qualifier: string,
  requested: number,
): Promise<(readonly [version: string, count: number])[]> {
  if (isVersionNumber(qualifier)) return [[qualifier, requested]];
  const alias = await readAlias(tx, id, qualifier);
  if (!alias) return [];
  const [second] = Object.entries(alias.weights);
  if (!second) return [[alias.version, requested]];
  const [version, weight] = second;
  const share = Math.round(requested * weight);
  return [
    [alias.version, requested - share],
    [version, share],
  ];
}
