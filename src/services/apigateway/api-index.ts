import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";

// Identifiers of APIs of all kinds are drawn from one space: this is where each is looked up.

export type ApiKind = "REST" | "HTTP" | "WEBSOCKET";

export interface ApiEntry extends Scope {
  readonly v: 1;
  readonly apiId: string;
  readonly kind: ApiKind;
  /** Changes with everything that is changed in the API: what was made of it is made anew. */
  readonly revision: string;
}

const entryKey = (apiId: string): Key => ["apigwApi", apiId];

export async function readApiEntry(tx: Transaction, apiId: string): Promise<ApiEntry | undefined> {
  return (await tx.get(entryKey(apiId))) as ApiEntry | undefined;
}

export function writeApiEntry(tx: Transaction, entry: ApiEntry): void {
  tx.set(entryKey(entry.apiId), entry as unknown as Value);
}

export function deleteApiEntry(tx: Transaction, apiId: string): void {
  tx.delete(entryKey(apiId));
}
