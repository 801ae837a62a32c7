import type { Store } from "../../store/store.ts";
import type { LogEvent } from "./event.ts";
import type { GroupName } from "./names.ts";

type Listener = (group: GroupName, events: readonly LogEvent[]) => void;

const hubs = new WeakMap<Store, Set<Listener>>();

/** Tells those who look on of events that were put. Costs nothing while there is nobody. */
export function publish(store: Store, group: GroupName, events: readonly LogEvent[]): void {
  for (const listener of hubs.get(store) ?? []) listener(group, events);
}

/** Calls `listener` with events as they are put, until the function returned is called. */
export function listen(store: Store, listener: Listener): () => void {
  const listeners = hubs.get(store) ?? new Set();
  hubs.set(store, listeners);
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
