import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { pageOf } from "../../kernel/paging.ts";
import type { Context, Handlers } from "../define.ts";
import { badToken, fault, invalid, limitExceeded, missing } from "./faults.ts";
import { readCsv, type Table, writeCsv } from "./insights/csv.ts";
import type { LookupRows } from "./insights/lookups.ts";
import { requireQuery } from "./known-queries.ts";
import {
  deleteLookup,
  type LookupRecord,
  lookupArn,
  lookupOfArn,
  lookupsOf,
  readBody,
  readLookup,
  requireLookup,
  writeBody,
  writeLookup,
} from "./lookup-records.ts";
import type { GroupName } from "./names.ts";
import { allOf } from "./reading.ts";
import { checkTags } from "./tag-rules.ts";

const MOST_TABLES = 100;
const MOST_BYTES = 10 * 1024 * 1024;
const LISTED = 50;

/** Tables of comma-separated values, which queries take details of their rows from. */
export const lookupTables = {
  async CreateLookupTable(input, context) {
    const { lookupTableName: name = "", description, kmsKeyId, tags = {} } = input;
    const { store, scope, clock } = context;
    checkTags(tags);
    const content = contentOf(context, input);
    const nowMs = Math.floor(clock.now());
    const record: LookupRecord = {
      v: 1,
      ...scope,
      name,
      ...content.sizes,
      updatedMs: nowMs,
      tags,
      ...(description === undefined ? {} : { description }),
      ...(kmsKeyId ? { kmsKeyId } : {}),
    };
    await store.transact(async (tx) => {
      if (await readLookup(tx, record)) {
        throw fault("ResourceAlreadyExistsException", "The specified lookup table already exists.");
      }
      const known = await allOf(lookupsOf(tx, scope));
      if (known.length >= MOST_TABLES) throw limitExceeded("Resource limit exceeded.");
      writeLookup(tx, record);
      writeBody(tx, record, content.body);
    });
    return { lookupTableArn: lookupArn(record), createdAt: nowMs };
  },

  async UpdateLookupTable(input, context) {
    const { lookupTableArn = "", description, kmsKeyId } = input;
    const { store, clock } = context;
    const content = contentOf(context, input);
    const nowMs = Math.floor(clock.now());
    await store.transact(async (tx) => {
      const { kmsKeyId: keyBefore, ...known } = await requireLookup(tx, named(lookupTableArn));
      // An empty key takes the one away that there is.
      const key = kmsKeyId ?? keyBefore;
      const record: LookupRecord = {
        ...known,
        ...content.sizes,
        updatedMs: nowMs,
        ...(description === undefined ? {} : { description }),
        ...(key ? { kmsKeyId: key } : {}),
      };
      writeLookup(tx, record);
      writeBody(tx, record, content.body);
    });
    return { lookupTableArn, lastUpdatedTime: nowMs };
  },

  async GetLookupTable({ lookupTableArn = "" }, { store }) {
    return await store.transact(async (tx) => {
      const record = await requireLookup(tx, named(lookupTableArn));
      const { tableFields: _, recordsCount: __, ...rest } = describe(record);
      return { ...rest, tableBody: await readBody(tx, record) };
    });
  },

  async DescribeLookupTables(input, { store, scope }) {
    const { lookupTableNamePrefix: prefix = "", maxResults = LISTED, nextToken } = input;
    const isWanted = ({ name }: LookupRecord) => name.startsWith(prefix);
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => lookupsOf(tx, scope, after?.[0]),
        ({ name }) => [name],
        { limit: maxResults, token: nextToken, isWanted, invalid: badToken },
      ),
    );
    const { NextToken } = token;
    return {
      lookupTables: items.map(describe),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },

  async DeleteLookupTable({ lookupTableArn = "" }, { store }) {
    const name = named(lookupTableArn);
    await store.transact(async (tx) => {
      await requireLookup(tx, name);
      deleteLookup(tx, name);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Throws InvalidParameterException for what is no table's ARN. */
function named(arn: string): GroupName {
  const name = lookupOfArn(arn);
  if (!name) throw invalid(`Invalid lookup table ARN: ${arn}`);
  return name;
}

type Given = Pick<sdk.UpdateLookupTableCommandInput, "tableBody" | "queryId">;

interface Content {
  readonly body: string;
  readonly sizes: Pick<LookupRecord, "columns" | "records" | "sizeBytes">;
}

/** What is to be in a table: what was given, or what a query came to. */
function contentOf(context: Context, { tableBody, queryId }: Given): Content {
  if ((tableBody === undefined) === (queryId === undefined)) {
    throw invalid("You must specify either tableBody or queryId, but not both.");
  }
  const body = tableBody ?? resultsOf(context, queryId ?? "");
  const sizeBytes = Buffer.byteLength(body);
  if (sizeBytes > MOST_BYTES) throw invalid("The table body must not exceed 10 MB.");
  const { columns, rows } = tableIn(body);
  return { body, sizes: { columns, records: rows.length, sizeBytes } };
}

function tableIn(body: string): Table {
  // A byte order mark is no part of the first name.
  const lines = readCsv(body.replace(/^\uFEFF/, ""));
  if (!lines) throw invalid("The table body is not valid CSV.");
  const [header, ...rows] = lines;
  const columns = (header ?? []).map((name) => name.trim());
  if (columns.length === 0 || columns.includes("")) throw invalid("The table body needs a header row.");
  if (new Set(columns).size < columns.length) throw invalid("Column names of a table must be unique.");
  if (rows.some((row) => row.length !== columns.length)) {
    throw invalid("Every row of a table must have as many values as its header row.");
  }
  return { columns, rows };
}

function resultsOf(context: Context, queryId: string): string {
  const { status, results } = requireQuery(context, queryId);
  if (status !== "Complete" && status !== "Cancelled") {
    throw invalid("The query must be completed or cancelled.");
  }
  const columns = [...new Set(results.flat().map(({ field = "" }) => field))].filter((one) => one !== "@ptr");
  const lines = results.map((row) => {
    const values = new Map(row.map(({ field, value }) => [field, value]));
    return columns.map((column) => values.get(column) ?? "");
  });
  return writeCsv([columns, ...lines]);
}

function describe(record: LookupRecord): sdk.LookupTable {
  const { name, description, columns, records, sizeBytes, updatedMs, kmsKeyId } = record;
  return {
    lookupTableArn: lookupArn(record),
    lookupTableName: name,
    ...(description === undefined ? {} : { description }),
    tableFields: [...columns],
    recordsCount: records,
    sizeBytes,
    lastUpdatedTime: updatedMs,
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  };
}

/** Reads the tables that a query looks into. Throws for a table, or a column, that is not there. */
export async function settleTables({ store, scope }: Context, tables: readonly LookupRows[]): Promise<void> {
  for (const table of tables) {
    const name = { ...scope, name: table.name };
    const body = await store.transact(async (tx) =>
      (await readLookup(tx, name)) ? await readBody(tx, name) : undefined,
    );
    if (body === undefined) throw missing(`Lookup table '${table.name}' does not exist.`);
    table.settle(tableIn(body));
    const [column] = table.columnsMissing();
    if (column !== undefined) throw invalid(`Lookup table '${table.name}' has no column '${column}'.`);
  }
}
