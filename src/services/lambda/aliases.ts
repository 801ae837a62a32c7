import type { AliasConfiguration, AliasRoutingConfiguration } from "@aws-sdk/client-lambda";
import { platformFault } from "../../kernel/faults.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault, revisionMismatch } from "./faults.ts";
import { PAGE_ITEMS } from "./limits.ts";
import { functionNotFound, isVersionNumber, nameFunction, qualifiedArn } from "./names.ts";
import { readMarker, takePage } from "./paging.ts";
import { forgetProvisioned, moveProvisioned } from "./provisioned.ts";
import {
  type AliasRecord,
  aliasesOf,
  deleteAliasRecord,
  deleteQualifier,
  type FunctionId,
  readAlias,
  readVersion,
  writeAlias,
} from "./records.ts";
import { requireFunction } from "./require.ts";
import { deleteUrl } from "./urls/records.ts";

/** Names for versions, which may share their invocations between two. */
export const aliases = {
  async CreateAlias(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const revisionId = context.ids.uuid();
    const record: AliasRecord = {
      v: 1,
      name: input.Name ?? "",
      version: input.FunctionVersion ?? "",
      description: input.Description ?? "",
      revisionId,
      weights: weightsOf(input.RoutingConfig) ?? {},
    };
    await context.store.transact(async (tx) => {
      await requireVersion(tx, id, record.version);
      if (await readAlias(tx, id, record.name)) {
        throw fault("ResourceConflictException", `Alias already exists: ${qualifiedArn(id, record.name)}`);
      }
      await checkWeights(tx, id, record);
      writeAlias(tx, id, record);
    });
    return describeAlias(id, record);
  },

  async GetAlias(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const name = input.Name ?? "";
    const record = await context.store.transact(async (tx) => {
      await requireFunction(tx, id, name);
      return readAlias(tx, id, name);
    });
    if (!record) {
      throw fault("ResourceNotFoundException", `Cannot find alias arn: ${qualifiedArn(id, name)}`);
    }
    return describeAlias(id, record);
  },

  async UpdateAlias(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const name = input.Name ?? "";
    const revisionId = context.ids.uuid();
    const changed = await context.store.transact(async (tx) => {
      await requireFunction(tx, id);
      const record = await readAlias(tx, id, name);
      if (!record) throw fault("ResourceNotFoundException", `Alias not found: ${qualifiedArn(id, name)}`);
      if (input.RevisionId && input.RevisionId !== record.revisionId) throw revisionMismatch();
      const next: AliasRecord = {
        ...record,
        version: input.FunctionVersion ?? record.version,
        description: input.Description ?? record.description,
        weights: weightsOf(input.RoutingConfig) ?? record.weights,
        revisionId,
      };
      await requireVersion(tx, id, next.version);
      await checkWeights(tx, id, next);
      await moveProvisioned(tx, id, next);
      writeAlias(tx, id, next);
      return next;
    });
    return describeAlias(id, changed);
  },

  /** Deleting an alias that does not exist succeeds. */
  async DeleteAlias(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const name = input.Name ?? "";
    await context.store.transact(async (tx) => {
      await requireFunction(tx, id);
      if (!(await readAlias(tx, id, name))) return;
      deleteAliasRecord(tx, id, name);
      deleteQualifier(tx, id, name);
      await forgetProvisioned(tx, id, name);
      await deleteUrl(tx, { ...id, qualifier: name });
    });
    return {};
  },

  async ListAliases(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const [after] = readMarker(input.Marker) ?? [];
    const { items, next } = await context.store.transact(async (tx) => {
      await requireFunction(tx, id);
      const most = Math.min(input.MaxItems ?? PAGE_ITEMS, PAGE_ITEMS);
      return takePage(pointingAt(tx, id, after, input.FunctionVersion), most, (alias) => [alias.name]);
    });
    return {
      Aliases: items.map((record) => describeAlias(id, record)),
      ...(next ? { NextMarker: next } : {}),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

async function* pointingAt(
  tx: Transaction,
  id: FunctionId,
  after: string | undefined,
  version: string | undefined,
) {
  for await (const alias of aliasesOf(tx, id, after)) {
    if (version === undefined || alias.version === version || version in alias.weights) yield alias;
  }
}

function describeAlias(id: FunctionId, record: AliasRecord): AliasConfiguration {
  return {
    AliasArn: qualifiedArn(id, record.name),
    Name: record.name,
    FunctionVersion: record.version,
    Description: record.description,
    RevisionId: record.revisionId,
    ...(Object.keys(record.weights).length
      ? { RoutingConfig: { AdditionalVersionWeights: { ...record.weights } } }
      : {}),
  };
}

const weightsOf = (routing: AliasRoutingConfiguration | undefined) =>
  routing && (routing.AdditionalVersionWeights ?? {});

async function requireVersion(tx: Transaction, id: FunctionId, version: string): Promise<void> {
  if (!(await readVersion(tx, id, version))) throw functionNotFound(qualifiedArn(id, version));
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html */
async function checkWeights(tx: Transaction, id: FunctionId, record: AliasRecord): Promise<void> {
  const weights = Object.entries(record.weights);
  if (weights.length > 1) {
    throw fault(
      "InvalidParameterValueException",
      "Number of items in AdditionalVersionWeights cannot be greater than 1",
    );
  }
  for (const [version, weight] of weights) {
    checkWeight(version, weight, record);
    await requireVersion(tx, id, version);
  }
}

function checkWeight(version: string, weight: number, record: AliasRecord): void {
  const violated = (constraint: string) =>
    platformFault(
      "ValidationException",
      `1 validation error detected: Value '{${version}=${javaDouble(weight)}}' at ` +
        `'routingConfig.additionalVersionWeights' failed to satisfy constraint: ${constraint}`,
    );
  if (!(weight >= 0 && weight <= 1)) {
    throw violated(
      "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, " +
        "Member must have value greater than or equal to 0.0, Member must not be null]",
    );
  }
  if (version === record.version) {
    throw fault(
      "InvalidParameterValueException",
      `Invalid function version ${version}. Function version ${version} is already included in routing ` +
        "configuration.",
    );
  }
  if (record.version === "$LATEST") {
    throw fault(
      "InvalidParameterValueException",
      "$LATEST is not supported for an alias pointing to more than 1 version",
    );
  }
  if (!isVersionNumber(version)) {
    throw violated(
      "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, " +
        "Member must have length greater than or equal to 1, " +
        "Member must satisfy regular expression pattern: [0-9]+, Member must not be null]",
    );
  }
}

/** AWS prints whole numbers with a fraction: `2.0`. */
const javaDouble = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));
