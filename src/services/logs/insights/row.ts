import { type Discovered, discover } from "./discover.ts";
import type { SourceEvent } from "./source.ts";
import type { Occurrences } from "./stages/occurrences.ts";
import { Moment, type Value } from "./values.ts";

/** One row of a query: an event with what the query has made of it, or values of many. */
export class Row {
  readonly source: SourceEvent | undefined;
  #own: Map<string, Value> | undefined;
  #discovered: Discovered | undefined;
  /** Rows that this one was joined of, by what each is called. */
  #joined: Readonly<Record<string, Row>> | undefined;

  /** Of a row that stands for a pattern: where it was met. */
  occurrences: Occurrences | undefined;

  constructor(source?: SourceEvent, own?: ReadonlyMap<string, Value>) {
    this.source = source;
    if (own) this.#own = new Map(own);
  }

  /** The same event, to be changed by itself. */
  copy(): Row {
    const row = new Row(this.source, this.#own);
    row.#joined = this.#joined;
    row.occurrences = this.occurrences;
    return row;
  }

  /** The same, with fields of others by `name.field`. */
  joinedWith(rows: Readonly<Record<string, Row>>): Row {
    const row = this.copy();
    row.#joined = { ...this.#joined, ...rows };
    return row;
  }

  set(name: string, value: Value): void {
    this.#own ??= new Map();
    this.#own.set(name, value);
  }

  /** What the query itself has made of it. */
  get names(): Iterable<string> {
    return this.#own?.keys() ?? [];
  }

  get(name: string): Value {
    const own = this.#own;
    if (own) {
      if (own.has(name)) return own.get(name);
      const within = this.#withinOwn(own, name);
      if (within !== undefined) return within;
    }
    if (this.#joined) {
      const dot = name.indexOf(".");
      const row = dot > 0 && this.#joined[name.slice(0, dot)];
      if (row) return row.get(name.slice(dot + 1));
    }
    return this.source && this.#ofSource(this.source, name);
  }

  /** What the platform finds in the event by itself. */
  discovered(): Discovered {
    this.#discovered ??= this.source ? discover(this.source) : { fields: {}, document: undefined };
    return this.#discovered;
  }

  /** A member of what the query itself has made: `parsed.items.0`. */
  #withinOwn(own: ReadonlyMap<string, Value>, name: string): Value {
    for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
      const value = own.get(name.slice(0, dot));
      if (typeof value === "object" && value !== null) return memberAt(value, name.slice(dot + 1));
    }
    return undefined;
  }

  #ofSource({ event, log, region, pointer }: SourceEvent, name: string): Value {
    switch (name) {
      case "@message":
        return event.message;
      case "@timestamp":
        return new Moment(event.timeMs);
      case "@ingestionTime":
        return new Moment(event.ingestedMs);
      case "@logStream":
        return event.streamName;
      case "@log":
        return log;
      case "@aws.account":
        return log.slice(0, log.indexOf(":"));
      case "@aws.region":
        return region;
      case "@ptr":
        return pointer();
    }
    const { fields, document } = this.discovered();
    const known = fields[name];
    if (known !== undefined) return known;
    // A member that begins with @ is shown with one more.
    return document && memberAt(document, name.startsWith("@@") ? name.slice(1) : name);
  }
}

/** What lies at a path within JSON; names may hold dots themselves. */
export function memberAt(document: object, path: string): Value {
  if (Object.hasOwn(document, path)) return present((document as Record<string, Value>)[path]);
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    const name = path.slice(0, dot);
    if (!Object.hasOwn(document, name)) continue;
    const inner = (document as Record<string, Value>)[name];
    if (typeof inner !== "object" || inner === null) continue;
    const found = memberAt(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

const present = (value: Value): Value => (value === null ? undefined : value);
