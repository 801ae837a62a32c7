import type { LineStream, Lines } from "../../kernel/lines.ts";
import type { Store } from "../../store/store.ts";
import { adoptStream } from "./catalog.ts";
import { readCleared } from "./records.ts";

/** Streams given records in one transaction. */
const AT_ONCE = 500;

/** What is known of the lines of one platform. */
interface State {
  /** Streams without a record yet. */
  waiting: LineStream[];
  hasLooked: boolean;
  /** The adoption under way. */
  last: Promise<void>;
}

const states = new WeakMap<Store, State>();

interface World {
  readonly store: Store;
  readonly lines: Lines;
}

/**
 * Functions write their lines without asking this service. Before it is asked anything, the groups and
 * streams that they wrote to are given records, as AWS Lambda creates them at a function's first invocation.
 * Undefined where there is nothing to do.
 */
export function adoptStreams({ store, lines }: World): Promise<void> | undefined {
  let state = states.get(store);
  if (!state) {
    state = { waiting: [], hasLooked: !lines.hasHistory, last: Promise.resolve() };
    states.set(store, state);
  }
  const known = state;
  known.waiting.push(...lines.newStreams());
  if (known.hasLooked && known.waiting.length === 0) return undefined;
  known.last = known.last.catch(() => {}).then(() => adopt({ store, lines }, known));
  return known.last;
}

async function adopt({ store, lines }: World, state: State): Promise<void> {
  if (!state.hasLooked) {
    state.waiting.unshift(...(await lines.streams({})));
    state.hasLooked = true;
  }
  while (state.waiting.length > 0) {
    const some = state.waiting.slice(0, AT_ONCE);
    await store.transact(async (tx) => {
      for (const { account, region, group, stream, firstMs, lastSeq } of some) {
        const name = { account, region, name: group };
        // All of what is kept of it was deleted: it comes back with its next line.
        if (lastSeq <= (await readCleared(tx, name, stream))) continue;
        await adoptStream(tx, name, stream, firstMs);
      }
    });
    state.waiting.splice(0, some.length);
  }
}
