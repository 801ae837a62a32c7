import type { Capacity, ConsumedCapacity } from "@aws-sdk/client-dynamodb";
import { admit, consume, type MeterPorts, type Use } from "../capacity/meter.ts";
import type { Index, Table } from "../tables/catalog.ts";
import type { KeySchema } from "../values/keys.ts";
import { type AttributeValue, attributeOf, type Item } from "../values/value.ts";
import type { Written } from "./access.ts";

const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;
/** A transaction prepares and commits: each item counts twice. */
const TRANSACTION_FACTOR = 2;

/** Read units of that many bytes; half of them where a stale answer will do. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);
}

function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** What a request used of one table. */
interface Used {
  /** The name that the request gave the table, which may be an ARN. */
  readonly name: string;
  tableUnits: number;
  locals: Map<string, number> | undefined;
  globals: Map<string, number> | undefined;
  /** Bytes written to vector indexes. */
  vectors: Map<string, number> | undefined;
}

interface Metered {
  readonly table: Table;
  readonly index?: string;
  readonly units: number;
  readonly key?: string | undefined;
  readonly sizeBytes?: number;
}

/**
 * What one request consumes, item by item: for its answer, and for the meter once it is known that it
 * counts. A transaction's body makes a new one each time it runs.
 */
export class Consumption {
  readonly #kind: "read" | "write";
  readonly #transaction: boolean;
  /** Most requests are of one table. */
  readonly #used: Used[] = [];
  readonly #metered: Metered[] = [];

  constructor(kind: "read" | "write", transaction = false) {
    this.#kind = kind;
    this.#transaction = transaction;
  }

  /** Units read from the table itself, by key or by a scan without one. */
  read(table: Table, givenName: string, units: number, key?: Item): void {
    const counted = units * this.#factor;
    this.#of(givenName).tableUnits += counted;
    this.#metered.push({
      table,
      units: counted,
      key: key && partitionText(table.schema, key),
    });
  }

  /** Units read from an index; those of a local one come out of the table's capacity. */
  readIndex(table: Table, givenName: string, index: Index, units: number, key?: Item): void {
    const used = this.#of(givenName);
    addTo(used, index, units);
    const text = key && partitionText(index.schema, key);
    this.#metered.push({
      table,
      units,
      key: text,
      ...(index.kind === "global" ? { index: index.name } : {}),
    });
  }

  /** Everything that writing one item came to. */
  write(table: Table, givenName: string, item: Item, written: Written): void {
    const used = this.#of(givenName);
    const bytes = Math.max(written.bytesBefore, written.bytesAfter);
    const units = writeUnits(bytes) * this.#factor;
    used.tableUnits += units;
    let own = units;
    for (const { index, bytesBefore, bytesAfter, inPlace } of written.entries) {
      const entryUnits =
        this.#factor *
        (inPlace
          ? writeUnits(Math.max(bytesBefore, bytesAfter))
          : (bytesBefore > 0 ? writeUnits(bytesBefore) : 0) + (bytesAfter > 0 ? writeUnits(bytesAfter) : 0));
      if (entryUnits === 0) continue;
      if (index.kind === "local") {
        addTo(used, index, entryUnits);
        own += entryUnits;
      } else {
        addTo(used, index, entryUnits);
        const key = partitionText(index.schema, item);
        this.#metered.push({ table, index: index.name, units: entryUnits, key });
      }
    }
    for (const vector of written.vectors ?? []) {
      used.vectors ??= new Map();
      used.vectors.set(vector.name, (used.vectors.get(vector.name) ?? 0) + vector.bytes);
    }
    const key = partitionText(table.schema, item);
    this.#metered.push({ table, units: own, key, sizeBytes: bytes });
  }

  /** Whether there was anything at all. */
  get counts(): boolean {
    return this.#used.length > 0;
  }

  /** `ConsumedCapacity` of each table, for an answer that was asked to hold it. */
  report(level: string | undefined): ConsumedCapacity[] | undefined {
    if (level !== "TOTAL" && level !== "INDEXES") return undefined;
    return this.#used.map((used) => ({
      TableName: used.name,
      ...this.#capacity(totalOf(used)),
      ...(level === "INDEXES" ? this.#parts(used) : {}),
    }));
  }

  /**
   * Asks whether the global indexes that a write reached still have units: on AWS an index that has none
   * holds up its table's writes. Faults: as the meter's.
   */
  admitIndexes(ports: MeterPorts): void {
    for (const { table, index, key } of this.#metered) {
      if (index !== undefined) admit(ports, { table: table.record, index, kind: this.#kind, key });
    }
  }

  /** Tells the meter. */
  settle(ports: MeterPorts): void {
    const kind = this.#kind;
    for (const { table, ...use } of this.#metered) consume(ports, { table: table.record, kind, ...use });
  }

  get #factor(): number {
    return this.#transaction ? TRANSACTION_FACTOR : 1;
  }

  #of(name: string): Used {
    const known = this.#used.find((used) => used.name === name);
    if (known) return known;
    const used = { name, tableUnits: 0, locals: undefined, globals: undefined, vectors: undefined };
    this.#used.push(used);
    return used;
  }

  #parts({ tableUnits, locals, globals, vectors }: Used): Partial<ConsumedCapacity> {
    const each = (units: ReadonlyMap<string, number>) =>
      Object.fromEntries([...units].map(([name, count]) => [name, this.#capacity(count)]));
    return {
      Table: this.#capacity(tableUnits),
      ...(locals ? { LocalSecondaryIndexes: each(locals) } : {}),
      ...(globals ? { GlobalSecondaryIndexes: each(globals) } : {}),
      ...(vectors ? { VectorIndexes: writtenBytes(vectors) } : {}),
    };
  }

  /** Transactions say besides which sort of units they are. */
  #capacity(units: number): Capacity {
    if (!this.#transaction) return { CapacityUnits: units };
    return {
      CapacityUnits: units,
      ...(this.#kind === "read" ? { ReadCapacityUnits: units } : { WriteCapacityUnits: units }),
    };
  }
}

function writtenBytes(vectors: ReadonlyMap<string, number>) {
  return Object.fromEntries([...vectors].map(([name, bytes]) => [name, { VectorWriteRequestBytes: bytes }]));
}

function totalOf({ tableUnits, locals, globals }: Used): number {
  let units = tableUnits;
  for (const one of locals?.values() ?? []) units += one;
  for (const one of globals?.values() ?? []) units += one;
  return units;
}

function addTo(used: Used, { kind, name }: Index, more: number): void {
  const units = (kind === "local" ? used.locals : used.globals) ?? new Map<string, number>();
  if (kind === "local") used.locals = units;
  else used.globals = units;
  units.set(name, (units.get(name) ?? 0) + more);
}

/** A partition key as the meter names it. */
function partitionText({ partition, partitions }: KeySchema, item: Item): string | undefined {
  if (partitions.length === 1) return valueText(attributeOf(item, partition.name));
  const texts = partitions.map(({ name }) => valueText(attributeOf(item, name)));
  return texts.includes(undefined) ? undefined : texts.join("/");
}

function valueText(value: AttributeValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value.S ?? value.N ?? (value.B && Buffer.from(value.B).toString("base64"));
}

/** Refuses what the table's capacity does not allow. Faults: as the meter's. */
export function admitUse(
  ports: MeterPorts,
  table: Table,
  kind: "read" | "write",
  key: Item | undefined,
  index?: Index,
): void {
  if (ports.capacity !== "off") admit(ports, useOf(table, kind, key, index));
}

/** A use of a table or of one of its indexes, as the meter is told of it. */
export function useOf(table: Table, kind: "read" | "write", key: Item | undefined, index?: Index): Use {
  const schema = index?.schema ?? table.schema;
  return {
    table: table.record,
    kind,
    ...(index?.kind === "global" ? { index: index.name } : {}),
    key: key && partitionText(schema, key),
  };
}
