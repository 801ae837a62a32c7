import { existsSync, renameSync } from "node:fs";
import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { SCHEMA_VERSION, TABLES } from "./schema.ts";

const IN_MEMORY = ":memory:";

type Value = string | number;
export type Row = Readonly<Record<string, unknown>>;

export interface DatabaseOptions {
  /** Absent: in memory. */
  readonly file: string | undefined;
  readonly memoryBytes: number;
  /** Told once when the file cannot be used as it is. */
  readonly warn: (message: string) => void;
  /** Makes the name of a file that is set aside. */
  readonly suffix: () => string;
}

/** The telemetry database: the only file that knows the engine. One connection, one call at a time. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Nothing of it outlives the process. */
  readonly inMemory: boolean;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, inMemory: boolean) {
    this.inMemory = inMemory;
    this.#instance = instance;
    this.#connection = connection;
  }

  /**
   * Opens the file, or what can stand in for it: a damaged file is set aside and a new one begun; a file
   * that another process holds, or that cannot be opened, leaves this run's telemetry in memory.
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { file, warn } = options;
    if (file === undefined) return Database.#create(IN_MEMORY, options);
    try {
      return await Database.#create(file, options);
    } catch (error) {
      const reason = firstLine(error);
      if (isUnavailable(reason)) {
        warn(`Telemetry is kept in memory only, for this run: ${reason}`);
        return Database.#create(IN_MEMORY, options);
      }
      setAside(file, options, reason);
      return Database.#create(file, options);
    }
  }

  static async #create(path: string, { memoryBytes }: DatabaseOptions): Promise<Database> {
    const instance = await DuckDBInstance.create(path, {
      threads: "1",
      memory_limit: `${Math.round(memoryBytes / 1_000_000)}MB`,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      // A query that does not fit in memory fails; the engine must not write next to the user's files.
      ...(path === IN_MEMORY ? { temp_directory: "" } : {}),
    });
    try {
      const connection = await instance.connect();
      const database = new Database(instance, connection, path === IN_MEMORY);
      await connection.run(TABLES);
      const [row] = await database.rows("SELECT version FROM schema_version");
      if (!row) await connection.run(`INSERT INTO schema_version VALUES (${SCHEMA_VERSION})`);
      else if (row.version !== SCHEMA_VERSION) throw new SchemaMismatch();
      return database;
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  async rows(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    const reader = await this.#connection.runAndReadAll(sql, [...values]);
    return reader.getRowObjectsJS();
  }

  /** Runs `body` as one transaction: all of it is committed, or none. */
  async transact<T>(body: () => Promise<T>): Promise<T> {
    await this.#connection.run("BEGIN");
    try {
      const result = await body();
      await this.#connection.run("COMMIT");
      return result;
    } catch (error) {
      await this.#connection.run("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  /** Appends one row a record; `write` gives the columns in the table's order. */
  async append<T>(table: string, records: readonly T[], write: (to: Columns, record: T) => void) {
    if (records.length === 0) return;
    const appender = await this.#connection.createAppender(table);
    const columns = new Columns(appender);
    for (const record of records) {
      write(columns, record);
      appender.endRow();
    }
    appender.closeSync();
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

/** Writes the columns of one row after another. What a caller got wrong must not cost the batch. */
export class Columns {
  readonly #appender: DuckDBAppender;

  constructor(appender: DuckDBAppender) {
    this.#appender = appender;
  }

  text(value: string | undefined): void {
    if (value === undefined || value === null) this.#appender.appendNull();
    else this.#appender.appendVarchar(String(value));
  }

  number(value: number): void {
    this.#appender.appendDouble(Number.isFinite(value) ? value : 0);
  }

  /** What is no number is left out. */
  numberOrNull(value: unknown): void {
    if (typeof value === "number" && Number.isFinite(value)) this.#appender.appendDouble(value);
    else this.#appender.appendNull();
  }

  /** To the next whole number, of what fits 32 bits; what is no number is left out. */
  smallOrNull(value: unknown): void {
    if (typeof value !== "number" || !(Math.abs(value) < 2 ** 31 - 1)) this.#appender.appendNull();
    else this.#appender.appendInteger(Math.round(value));
  }

  truth(value: boolean): void {
    this.#appender.appendBoolean(value);
  }

  whole(value: number): void {
    this.#appender.appendBigInt(BigInt(value));
  }
}

/** Whether a statement failed because the file is damaged, not because of what was asked. */
export function isDamage(error: unknown): boolean {
  return /corrupt|checksum|invalidated|not a valid DuckDB|serialization error|INTERNAL/i.test(
    firstLine(error),
  );
}

/** Moves the file, and what the engine keeps beside it, out of the way. */
export function setAside(file: string, options: DatabaseOptions, reason: string): void {
  const kept = `${file}.damaged-${options.suffix()}`;
  for (const ending of ["", ".wal"]) if (existsSync(file + ending)) renameSync(file + ending, kept + ending);
  options.warn(`The telemetry file could not be read (${reason}). It was set aside as ${kept}.`);
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

class SchemaMismatch extends Error {
  override readonly message = "it was written by another version of Nuage";
}

function isUnavailable(reason: string): boolean {
  return /set lock|cannot open file|permission denied|no space|read-only|No such file/i.test(reason);
}
