import type { Key, KeyRange, Transaction, Value } from "../store/store.ts";

// What sources keep of a mapping lies under its id, so that it goes with it.

const ROOT = "sources";
const at = (mappingId: string, ...rest: Key): Key => [ROOT, "mapping", mappingId, ...rest];

export const leaseKey = (mappingId: string): Key => at(mappingId, "lease");

/** All that is kept of a mapping. */
export const everythingOf = (mappingId: string): KeyRange => ({ prefix: at(mappingId) });
