import type * as sdk from "@aws-sdk/client-ssm";
import { Fault } from "../../kernel/faults.ts";
import { pageOf } from "../../kernel/paging.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { fault, invalid, notFound } from "./faults.ts";
import { filterOf } from "./filters.ts";
import { namesFor, parseSelector } from "./names.ts";
import { tellChange } from "./news.ts";
import {
  deleteParameter,
  parameterArn,
  parametersOf,
  readLatest,
  type VersionRecord,
  versionsOf,
} from "./records.ts";
import { unseal } from "./sealing.ts";

const MOST_NAMES = 10;

/** A version that is not there is told as a parameter that is not; what the store throws is its own. */
function unlessFault(error: unknown): undefined {
  if (!(error instanceof Fault)) throw error;
}

/** Parameters are read, listed and taken away. */
export const getting = {
  async GetParameter(input, context) {
    const found = await context.store.transact((tx) => find(tx, context, input.Name));
    if (!found) throw notFound();
    return { Parameter: await shown(context, found, input.WithDecryption) };
  },

  async GetParameters(input, context) {
    const names = input.Names ?? [];
    if (names.length > MOST_NAMES) {
      throw invalid(
        `1 validation error detected: Value '[${names.join(", ")}]' at 'names' failed to satisfy ` +
          `constraint: Member must have length less than or equal to ${MOST_NAMES}`,
      );
    }
    const { found, missing } = await context.store.transact(async (tx) => {
      const known: Found[] = [];
      const unknown: string[] = [];
      for (const name of new Set(names)) {
        const each = await find(tx, context, name).catch(unlessFault);
        if (each) known.push(each);
        else unknown.push(name);
      }
      return { found: known, missing: unknown };
    });
    const Parameters = await allShown(context, found, input.WithDecryption);
    return { Parameters, InvalidParameters: missing };
  },

  async GetParametersByPath(input, context) {
    const path = input.Path ?? "";
    if (!path.startsWith("/")) {
      throw invalid(
        "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a " +
          'forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use ' +
          "only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). " +
          "Special characters are not allowed. All sub-paths, if specified, must use the forward slash " +
          'symbol "/".',
      );
    }
    const below = path.endsWith("/") ? path : `${path}/`;
    const isWanted = await filterOf(context, input.ParameterFilters, undefined);
    const isBelow = ({ name }: VersionRecord) =>
      name.startsWith(below) && (input.Recursive || !name.slice(below.length).includes("/"));
    const { items, token } = await context.store.transact((tx) =>
      pageOf(
        (after) => parametersOf(tx, context.scope, after?.[0]),
        ({ name }) => [name],
        {
          limit: input.MaxResults ?? 10,
          token: input.NextToken,
          isWanted: (record) => isBelow(record) && isWanted(record),
          invalid: () => fault("InvalidNextToken", "The specified token isn't valid."),
        },
      ),
    );
    const found = items.map((record) => ({ record, selector: "" }));
    return { Parameters: await allShown(context, found, input.WithDecryption), ...token };
  },

  async GetParameterHistory(input, context) {
    const { items, token } = await context.store.transact(async (tx) => {
      const record = await readNamed(tx, context, input.Name);
      if (!record) throw notFound();
      return pageOf(
        async function* (after) {
          for (const version of await versionsOf(tx, context.scope, record.name))
            if (after === undefined || version.version > Number(after[0])) yield version;
        },
        ({ version }) => [String(version)],
        {
          limit: input.MaxResults ?? 50,
          token: input.NextToken,
          invalid: () => fault("InvalidNextToken", "The specified token isn't valid."),
        },
      );
    });
    const Parameters: sdk.ParameterHistory[] = [];
    for (const version of items) {
      const { Value } = await shown(context, { record: version, selector: "" }, input.WithDecryption);
      Parameters.push({ ...metadataOf(version), Value, Labels: [...version.labels] });
    }
    return { Parameters, ...token };
  },

  async DescribeParameters(input, context) {
    const isWanted = await filterOf(context, input.ParameterFilters, input.Filters);
    return context.store.transact(async (tx) => {
      const { items, token } = await pageOf(
        (after) => parametersOf(tx, context.scope, after?.[0]),
        ({ name }) => [name],
        {
          limit: input.MaxResults ?? 50,
          token: input.NextToken,
          isWanted,
          invalid: () => fault("InvalidNextToken", "The specified token isn't valid."),
        },
      );
      const Parameters = items.map((record) => ({
        ...metadataOf(record),
        ARN: parameterArn(context.scope, record.name),
      }));
      return { Parameters, ...token };
    });
  },

  async DeleteParameter(input, context) {
    await context.store.transact(async (tx) => {
      const record = await readNamed(tx, context, input.Name);
      if (!record) throw notFound();
      remove(tx, context, record);
    });
    return {};
  },

  async DeleteParameters(input, context) {
    return context.store.transact(async (tx) => {
      const DeletedParameters: string[] = [];
      const InvalidParameters: string[] = [];
      for (const name of input.Names ?? []) {
        const record = await readNamed(tx, context, name);
        if (record) remove(tx, context, record);
        (record ? DeletedParameters : InvalidParameters).push(name);
      }
      return { DeletedParameters, InvalidParameters };
    });
  },
} satisfies Handlers<typeof sdk>;

function remove(tx: Transaction, { scope, clock }: Context, record: VersionRecord): void {
  deleteParameter(tx, scope, record.name);
  tellChange(tx, scope, clock.now(), "Delete", record);
}

/** By name or ARN, without a selector. */
export async function readNamed(
  tx: Transaction,
  { scope }: Pick<Context, "scope">,
  named: string | undefined,
): Promise<VersionRecord | undefined> {
  for (const name of namesFor(parseSelector(named).name)) {
    const found = await readLatest(tx, scope, name);
    if (found) return found;
  }
  return undefined;
}

interface Found {
  readonly record: VersionRecord;
  readonly selector: string;
}

async function find(
  tx: Transaction,
  context: Context,
  named: string | undefined,
): Promise<Found | undefined> {
  const { selector } = parseSelector(named);
  const latest = await readNamed(tx, context, named);
  if (!latest || selector === "") return latest && { record: latest, selector };
  const wanted = selector.slice(1);
  const versions = await versionsOf(tx, context.scope, latest.name);
  const record = versions.find(
    ({ version, labels }) => String(version) === wanted || labels.includes(wanted),
  );
  if (record) return { record, selector };
  throw fault(
    "ParameterVersionNotFound",
    /^\d+$/.test(wanted)
      ? `Systems Manager could not find version ${wanted} of ${latest.name}. Verify the version and ` +
          "try again."
      : `Systems Manager could not find label ${wanted} for parameter ${latest.name}. Verify the label ` +
          "and try again.",
  );
}

async function allShown(
  context: Context,
  found: readonly Found[],
  decrypts: boolean | undefined,
): Promise<sdk.Parameter[]> {
  const all: sdk.Parameter[] = [];
  for (const each of found) all.push(await shown(context, each, decrypts));
  return all;
}

async function shown(
  context: Context,
  { record, selector }: Found,
  decrypts: boolean | undefined,
): Promise<sdk.Parameter> {
  const { name, type, value, version, modifiedMs, dataType } = record;
  const ARN = parameterArn(context.scope, name);
  return {
    Name: name,
    Type: type,
    Value: type === "SecureString" && decrypts ? await unseal(context, record) : value,
    Version: version,
    ...(selector ? { Selector: selector } : {}),
    LastModifiedDate: new Date(modifiedMs),
    ARN,
    DataType: dataType,
  };
}

function metadataOf(record: VersionRecord): sdk.ParameterMetadata {
  return {
    Name: record.name,
    Type: record.type,
    ...(record.keyId === undefined ? {} : { KeyId: record.keyId }),
    LastModifiedDate: new Date(record.modifiedMs),
    LastModifiedUser: record.modifiedBy,
    ...(record.description === undefined ? {} : { Description: record.description }),
    ...(record.allowedPattern === undefined ? {} : { AllowedPattern: record.allowedPattern }),
    Version: record.version,
    Tier: record.tier,
    Policies: record.policies.map(({ type, text }) => ({
      PolicyText: text,
      PolicyType: type,
      PolicyStatus: "Pending",
    })),
    DataType: record.dataType,
  };
}
