import type { CodeStore } from "./code.ts";
import type { ComputeOptions } from "./compute.ts";
import type { Escapees } from "./escapees.ts";
import type { MemoryWatch } from "./memory.ts";
import type { Pool } from "./pool.ts";
import type { Reaper } from "./reaper.ts";
import type { Starts } from "./starts.ts";

/** What all environments of a platform stand on. */
export interface Machinery {
  readonly options: ComputeOptions;
  readonly pool: Pool;
  readonly reaper: Reaper;
  readonly code: CodeStore;
  readonly memory: MemoryWatch;
  readonly escapees: Escapees;
  readonly starts: Starts;
}
