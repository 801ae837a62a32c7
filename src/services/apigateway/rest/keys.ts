import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { newApiId } from "../ids.ts";
import {
  allOf,
  type KeyRecord,
  keyKey,
  keyValueKey,
  type PlanRecord,
  planKey,
  planKeyKey,
} from "./account-records.ts";
import { defined } from "./apis.ts";
import { badRequest, conflict, noPart } from "./faults.ts";
import { positioned } from "./pages.ts";
import { flagRule, type PatchRule, patched, textRule } from "./patch.ts";
import { read, readAll, write } from "./records.ts";

const SHORTEST_VALUE = 20;
const LONGEST_VALUE = 128;

export const keys = {
  async CreateApiKey(input, context) {
    const { generateDistinctId: _distinct, stageKeys = [], ...given } = input;
    return context.store.transact(async (tx) => {
      const stages = stageKeys.map(({ restApiId, stageName }) => `${restApiId}/${stageName}`);
      return describe(await newKey(tx, context, { ...given, stageKeys: stages }), true);
    });
  },

  async GetApiKey(input, context) {
    const record = await context.store.transact((tx) => requireKey(tx, context, input.apiKey));
    return describe(record, input.includeValue === true);
  },

  async GetApiKeys(input, { scope, store }) {
    const all = await store.transact((tx) => readAll<KeyRecord>(tx, allOf(keyKey, scope)));
    const { nameQuery = "", customerId, includeValues = false } = input;
    const wanted = all.filter(
      ({ key }) =>
        (key.name ?? "").startsWith(nameQuery) && (customerId === undefined || key.customerId === customerId),
    );
    return positioned(
      wanted.map((each) => describe(each, includeValues)),
      input,
      ({ id = "" }) => id,
    );
  },

  async UpdateApiKey(input, context) {
    const nowMs = Math.floor(context.clock.now());
    return context.store.transact(async (tx) => {
      const old = await requireKey(tx, context, input.apiKey);
      const changed = { ...old, key: patched(old.key, input.patchOperations, RULES), updatedMs: nowMs };
      write(tx, keyKey(context.scope, old.id), changed);
      return describe(changed, false);
    });
  },

  async DeleteApiKey(input, context) {
    const { scope } = context;
    return context.store.transact(async (tx) => {
      const { id, key } = await requireKey(tx, context, input.apiKey);
      tx.delete(keyKey(scope, id));
      tx.delete(keyValueKey(scope, key.value ?? ""));
      for (const plan of await readAll<PlanRecord>(tx, allOf(planKey, scope)))
        tx.delete(planKeyKey(plan.id, id));
      return {};
    });
  },

  async ImportApiKeys(input, context) {
    const rows = readCsv(Buffer.from((input.body ?? new Uint8Array()) as Uint8Array).toString());
    return context.store.transact(async (tx) => {
      const ids: string[] = [];
      const warnings: string[] = [];
      for (const row of rows) {
        try {
          const { id } = await newKey(tx, context, {
            name: row.name,
            value: row.key,
            description: row.description,
            enabled: (row.enabled ?? "true").toLowerCase() !== "false",
          });
          ids.push(id);
          for (const planId of (row.usageplanids ?? "").split(/[;|]/).filter((each) => each !== "")) {
            write(tx, planKeyKey(planId, id), { v: 1 });
          }
        } catch (error) {
          if (input.failOnWarnings) throw error;
          warnings.push(error instanceof Error ? error.message : String(error));
        }
      }
      return { ids, warnings };
    });
  },
} satisfies Handlers<typeof sdk>;

const RULES: readonly PatchRule<sdk.ApiKey>[] = [
  textRule("/name", "name"),
  textRule("/description", "description"),
  textRule("/customerId", "customerId"),
  flagRule("/enabled", "enabled"),
  {
    path: "/stages",
    ops: ["add", "remove"],
    apply(key, { op, value }) {
      const stages = (key.stageKeys ?? []).filter((each) => each !== value);
      key.stageKeys = op === "add" ? [...stages, value] : stages;
    },
  },
];

export async function requireKey(
  tx: Transaction,
  { scope }: Pick<Context, "scope">,
  id = "",
): Promise<KeyRecord> {
  const key = await read<KeyRecord>(tx, keyKey(scope, id));
  if (!key) throw noPart("API Key");
  return key;
}

async function newKey(
  tx: Transaction,
  { scope, clock, ids }: Context,
  given: sdk.ApiKey,
): Promise<KeyRecord> {
  const value = given.value ?? ids.base32(40);
  if (value.length < SHORTEST_VALUE)
    throw badRequest(`API Key value should be at least ${SHORTEST_VALUE} characters`);
  if (value.length > LONGEST_VALUE)
    throw badRequest(`API Key value exceeds maximum size of ${LONGEST_VALUE} characters`);
  if (await read(tx, keyValueKey(scope, value))) throw conflict("API Key already exists");
  const id = newApiId(ids);
  const nowMs = Math.floor(clock.now());
  const key = { enabled: false, stageKeys: [], ...defined(given), id, value };
  const record: KeyRecord = { v: 1, ...scope, id, key, createdMs: nowMs, updatedMs: nowMs };
  write(tx, keyKey(scope, id), record);
  write(tx, keyValueKey(scope, value), { v: 1, id });
  return record;
}

function describe({ key, createdMs, updatedMs }: KeyRecord, withValue: boolean): sdk.ApiKey {
  const { value, ...rest } = key;
  return {
    ...rest,
    ...(withValue ? { value } : {}),
    createdDate: new Date(createdMs),
    lastUpdatedDate: new Date(updatedMs),
  };
}

/** Rows by the names in the first line. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html */
function readCsv(text: string): Record<string, string | undefined>[] {
  const [head, ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const names = (head ?? "").split(",").map((name) => name.trim().toLowerCase());
  if (!names.includes("key") || !names.includes("name")) {
    throw badRequest("API Keys file must have a header with the columns name and key");
  }
  return lines.map((line) => {
    const cells = line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
    return Object.fromEntries(names.map((name, index) => [name, cells[index] || undefined]));
  });
}
