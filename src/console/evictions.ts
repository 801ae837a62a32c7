import type { AdminResponse } from "../kernel/admin.ts";
import type { Observe } from "../observe/observe.ts";
import type { Eviction } from "../observe/records.ts";

/** What `/_nuage/evictions` answers. */
export interface EvictionList {
  /** The most first. */
  readonly evictions: readonly Eviction[];
}

export async function evictionsPage({ observe }: { readonly observe: Observe }): Promise<AdminResponse> {
  const list: EvictionList = { evictions: await observe.evictions() };
  return { status: 200, json: list };
}
