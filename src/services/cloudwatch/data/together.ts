import type { Store } from "../../../store/store.ts";
import { groupedBy } from "../grouped.ts";
import { type MetricName, metricId } from "./metric-name.ts";
import { addPoints, type NewPoint } from "./records.ts";

/** A moment of a metric on its way to the store. */
export interface Putting {
  readonly metric: MetricName;
  readonly point: NewPoint;
}

interface Queue {
  waiting: { readonly puts: readonly Putting[]; readonly nowMs: number }[];
  /** The transaction that takes what waits. */
  next: Promise<void> | undefined;
}

const queues = new WeakMap<Store, Queue>();

/**
 * Resolves when the points are in the store. Those of requests that come at once go into one transaction:
 * many clients put to few metrics, and each by itself would be in the others' way.
 */
export function putTogether(store: Store, puts: readonly Putting[], nowMs: number): Promise<void> {
  const queue = queues.get(store) ?? { waiting: [], next: undefined };
  queues.set(store, queue);
  queue.waiting.push({ puts, nowMs });
  if (queue.next) return queue.next;
  const before = underWay.get(queue) ?? Promise.resolve();
  const take = () => {
    const all = queue.waiting;
    queue.waiting = [];
    queue.next = undefined;
    return write(
      store,
      all.flatMap(({ puts }) => puts),
      Math.max(...all.map(({ nowMs }) => nowMs)),
    );
  };
  queue.next = before.then(take, take);
  underWay.set(queue, queue.next);
  return queue.next;
}

const underWay = new WeakMap<Queue, Promise<void>>();

async function write(store: Store, puts: readonly Putting[], nowMs: number): Promise<void> {
  const metrics = groupedBy(puts, ({ metric }) => metricId(metric));
  await store.transact(async (tx) => {
    for (const some of metrics.values()) {
      const [first] = some;
      const points = some.map(({ point }) => point);
      if (first) await addPoints(tx, first.metric, points, nowMs);
    }
  });
}
