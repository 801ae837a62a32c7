import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { pageOf } from "../../kernel/paging.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { badToken, missing } from "./faults.ts";
import { read, write } from "./records.ts";

interface DefinitionRecord {
  readonly v: 1;
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly language: "CWLI" | "SQL" | "PPL";
  readonly groups: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly defaultValue?: string;
    readonly description?: string;
  }[];
  readonly modifiedMs: number;
}

const LISTED = 1_000;
const definitionKey = ({ account, region }: Scope, ...id: string[]): Key => [
  "logs",
  "definition",
  account,
  region,
  ...id,
];

/** Queries that are kept by name. */
export const queryDefinitions = {
  async PutQueryDefinition(input, { store, scope, clock, ids }) {
    const { queryDefinitionId, name = "", queryString: text = "", logGroupNames = [], parameters } = input;
    const id = queryDefinitionId ?? ids.uuid();
    await store.transact(async (tx) => {
      const known = await read<DefinitionRecord>(tx, definitionKey(scope, id));
      if (queryDefinitionId !== undefined && !known) throw unknown();
      const record = {
        v: 1,
        id,
        name,
        text,
        language: input.queryLanguage ?? "CWLI",
        groups: logGroupNames,
        ...(parameters ? { parameters } : {}),
        modifiedMs: Math.floor(clock.now()),
      };
      write(tx, definitionKey(scope, id), record);
    });
    return { queryDefinitionId: id };
  },

  async DescribeQueryDefinitions(input, { store, scope }) {
    const { queryDefinitionNamePrefix = "", maxResults = LISTED, nextToken, queryLanguage = "CWLI" } = input;
    const isWanted = ({ name, language }: DefinitionRecord) =>
      name.startsWith(queryDefinitionNamePrefix) && language === queryLanguage;
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => definitionsOf(tx, scope, after?.[0]),
        ({ id }) => [id],
        { limit: maxResults, token: nextToken, isWanted, invalid: badToken },
      ),
    );
    const { NextToken } = token;
    return {
      queryDefinitions: items.map((record) => ({
        queryLanguage: record.language,
        queryDefinitionId: record.id,
        name: record.name,
        queryString: record.text,
        lastModified: record.modifiedMs,
        logGroupNames: [...record.groups],
        ...(record.parameters ? { parameters: [...record.parameters] } : {}),
      })),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },

  async DeleteQueryDefinition({ queryDefinitionId = "" }, { store, scope }) {
    await store.transact(async (tx) => {
      if (!(await read(tx, definitionKey(scope, queryDefinitionId)))) throw unknown();
      tx.delete(definitionKey(scope, queryDefinitionId));
    });
    return { success: true };
  },
} satisfies Handlers<typeof sdk>;

const unknown = () => missing("The specified query definition does not exist.");

async function* definitionsOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = definitionKey(scope);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as DefinitionRecord;
}
