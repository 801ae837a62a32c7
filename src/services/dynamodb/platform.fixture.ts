import { type Nuage, type NuageOptions, startNuage } from "nuage/testing";
import type { Store } from "../../store/store.ts";

let wrapStore: ((store: Store) => Store) | undefined;

/** Has every platform that these tests start from here on stand on a store that is wrapped so. */
export function withStores(wrap: (store: Store) => Store): void {
  wrapStore = wrap;
}

/** A platform for the tests that run on a hostile store too. */
export function startPlatform(options: NuageOptions = {}): Promise<Nuage> {
  return startNuage(wrapStore ? { ...options, parts: { wrapStore } } : options);
}
