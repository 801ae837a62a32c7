import type { PlacedLine } from "../../kernel/lines.ts";
import { type LineageEntry, newTrace, type Trace } from "../../kernel/trace.ts";
import type { Store } from "../../store/store.ts";
import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { adoptStreams } from "./adopting.ts";
import type { LogEvent } from "./event.ts";
import { FILTERS, filtered, filtersOf } from "./filter-records.ts";
import { forward } from "./forwarding.ts";
import { countMetrics } from "./metric-counting.ts";
import { allOf, eventOfLine } from "./reading.ts";
import { readGroup, readStream } from "./records.ts";

/** Lines of one stream wait this long for company, unless the invocation that they are of ends. */
const WAIT_MS = 200;
/** Streams with this beginning are the platform's own: AWS has no such lines. */
const OWN_STREAMS = "nuage/";

const watches = new WeakMap<Store, LineWatch>();

/**
 * Passes on the lines of functions whose groups have filters. Nobody listens while no group has any. Until
 * they are passed on, lines wait in memory: what a crash takes with it is what it takes of them everywhere.
 */
export async function watchingLines(world: Background): Promise<void> {
  const watch = new LineWatch(world);
  watches.set(world.store, watch);
  await whenever(world, FILTERS, async () => {
    await watch.refresh();
    return undefined;
  });
  watch.stop();
}

/** From here on filters that were just put, or deleted, count. */
export async function refreshWatch(store: Store): Promise<void> {
  await watches.get(store)?.refresh();
}

/** Lines of one stream that are to be passed on. */
interface Batch {
  readonly lines: PlacedLine[];
  /** Until then it counts as work under way. */
  readonly end: () => void;
  readonly cancel: () => void;
}

class LineWatch {
  readonly #world: Background;
  #groups: ReadonlySet<string> = new Set();
  #accounts: ReadonlySet<string> = new Set();
  readonly #batches = new Map<string, Batch>();
  #unlisten: (() => void) | undefined;

  constructor(world: Background) {
    this.#world = world;
  }

  async refresh(): Promise<void> {
    const { store, lines } = this.#world;
    const { groups, accounts } = await store.transact(filtered);
    this.#groups = new Set(groups.map(({ account, region, name }) => `${account} ${region} ${name}`));
    this.#accounts = new Set(accounts.map(({ account, region }) => `${account} ${region}`));
    if (groups.length + accounts.length === 0) this.stop();
    else this.#unlisten ??= lines.listen((line) => this.#hear(line));
  }

  stop(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  #hear(line: PlacedLine): void {
    const { account, region, group, stream } = line;
    if (!this.#groups.has(`${account} ${region} ${group}`) && !this.#accounts.has(`${account} ${region}`))
      return;
    if (stream.startsWith(OWN_STREAMS)) return;
    const id = `${account} ${region} ${group} ${stream}`;
    let batch = this.#batches.get(id);
    if (!batch) {
      const { clock } = this.#world;
      const timer = clock.at(clock.now() + WAIT_MS, () => this.#flush(id));
      batch = { lines: [], end: this.#world.begin(), cancel: () => timer.cancel() };
      this.#batches.set(id, batch);
    }
    batch.lines.push(line);
    if (isReport(line)) this.#flush(id);
  }

  #flush(id: string): void {
    const batch = this.#batches.get(id);
    if (!batch) return;
    this.#batches.delete(id);
    batch.cancel();
    this.#pass(batch.lines)
      .catch((error) => {
        const { signal, log } = this.#world;
        if (!signal.aborted) log.error("lines of a function could not be passed on", { error });
      })
      .finally(batch.end);
  }

  async #pass(lines: readonly PlacedLine[]): Promise<void> {
    const { store, metrics } = this.#world;
    const [{ account, region, group: name, stream } = lines[0] as PlacedLine] = lines;
    const trace = this.#traceOf(lines);
    await adoptStreams(this.#world);
    const counted = await store.transact(async (tx) => {
      const group = await readGroup(tx, { account, region, name });
      const record = group && (await readStream(tx, group.number, stream));
      if (!group || !record) return undefined;
      const after = Math.max(group.linesAfter ?? Infinity, record.linesAfter ?? Infinity);
      const events: LogEvent[] = lines.filter(({ seq }) => seq > after).map(eventOfLine);
      await forward(tx, this.#world, group, events, trace);
      return { group, events, filters: await allOf(filtersOf(tx, "metric", group)) };
    });
    if (counted) countMetrics(metrics, counted.group, counted.filters, counted.events);
  }

  /** What lines of one trace lead to is of that trace, and of the chain that led to them in any case. */
  #traceOf(lines: readonly PlacedLine[]): Trace {
    const { clock, ids } = this.#world;
    const lineage = new Map<string, LineageEntry>();
    for (const entry of lines.flatMap((line) => line.lineage ?? [])) {
      const known = lineage.get(entry.resource);
      if (!known || known.count < entry.count) lineage.set(entry.resource, entry);
    }
    const roots = new Set(lines.map(({ traceId }) => traceId).filter((root) => root !== undefined));
    const [root] = roots;
    const trace = newTrace(clock, ids);
    return {
      ...trace,
      ...(root !== undefined && roots.size === 1 ? { root } : {}),
      lineage: [...lineage.values()],
    };
  }
}

/** The last line of an invocation. */
function isReport({ source, message }: PlacedLine): boolean {
  return source === "platform" && /^REPORT |"type":"platform\.report"/.test(message);
}
