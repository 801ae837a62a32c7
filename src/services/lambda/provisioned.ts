import type { ProvisionedConcurrencyConfigListItem } from "@aws-sdk/client-lambda";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { changeClaims, checkUnreserved } from "./claims.ts";
import { lambdaTime } from "./describe.ts";
import { fault } from "./faults.ts";
import { PAGE_ITEMS } from "./limits.ts";
import { type FunctionName, isVersionNumber, nameFunction, qualifiedArn } from "./names.ts";
import { readMarker, takePage } from "./paging.ts";
import {
  type AliasRecord,
  aliasesOf,
  deleteProvisioned,
  type FunctionId,
  type FunctionRecord,
  type ProvisionedRecord,
  provisionedOf,
  readAlias,
  readFunction,
  readProvisioned,
  writeProvisioned,
} from "./records.ts";
import { requireFunction, requireQualifier } from "./require.ts";
import { allocatedFor } from "./shares.ts";

/**
 * Environments that are started ahead, for a version or an alias. The records say what is wanted;
 * provisioning.ts has it done. https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
export const provisioned = {
  async PutProvisionedConcurrencyConfig(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const qualifier = name.qualifier ?? "$LATEST";
    if (qualifier === "$LATEST") throw unpublished();
    const { accountConcurrency } = context.functions;
    const record: ProvisionedRecord = {
      v: 1,
      requested: input.ProvisionedConcurrentExecutions ?? 0,
      request: context.ids.hex(16),
      lastModifiedMs: context.clock.now(),
      status: "IN_PROGRESS",
    };
    await context.store.transact(async (tx) => {
      const before = await requireFunction(tx, name, qualifier);
      await requireQualifier(tx, name, qualifier);
      await refuseOverlap(tx, name, qualifier);
      const after = withProvisioned(before, await readProvisioned(tx, name, qualifier), record);
      const { reservedConcurrency = Number.POSITIVE_INFINITY, provisionedConcurrency = 0 } = after;
      if (provisionedConcurrency > reservedConcurrency) {
        throw invalid(
          "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution " +
            "for function",
        );
      }
      if (record.requested > accountConcurrency) {
        throw invalid(
          "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency " +
            `[${accountConcurrency}].`,
        );
      }
      await checkUnreserved(tx, name, { before, after, accountConcurrency }, "");
      changeClaims(tx, name, before, after);
      writeProvisioned(tx, name, qualifier, record);
    });
    return describe(record, 0);
  },

  async GetProvisionedConcurrencyConfig(input, context) {
    const name = onlyPublished(nameFunction(input.FunctionName, input.Qualifier, context.scope));
    const found = await context.store.transact(async (tx) => {
      await requireFunction(tx, name, name.qualifier);
      await requireQualifier(tx, name, name.qualifier);
      const record = await readProvisioned(tx, name, name.qualifier);
      return record && { record, shares: await allocatedFor(tx, name, name.qualifier, record) };
    });
    if (!found) {
      throw fault(
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
      );
    }
    return describe(found.record, countReady(context, found.shares));
  },

  /** Deleting what does not exist succeeds. */
  async DeleteProvisionedConcurrencyConfig(input, context) {
    const name = onlyPublished(nameFunction(input.FunctionName, input.Qualifier, context.scope));
    await context.store.transact(async (tx) => {
      await requireFunction(tx, name, name.qualifier);
      await requireQualifier(tx, name, name.qualifier);
      await forgetProvisioned(tx, name, name.qualifier);
    });
    return {};
  },

  async ListProvisionedConcurrencyConfigs(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const [after] = readMarker(input.Marker) ?? [];
    const most = Math.min(input.MaxItems ?? PAGE_ITEMS, PAGE_ITEMS);
    const { items, next } = await context.store.transact(async (tx) => {
      await requireFunction(tx, id);
      const page = await takePage(provisionedOf(tx, id, after), most, ([qualifier]) => [qualifier]);
      const items: ProvisionedConcurrencyConfigListItem[] = [];
      for (const [qualifier, record] of page.items) {
        const ready = countReady(context, await allocatedFor(tx, id, qualifier, record));
        items.push({ FunctionArn: qualifiedArn(id, qualifier), ...describe(record, ready) });
      }
      return { items, next: page.next };
    });
    return { ProvisionedConcurrencyConfigs: items, ...(next ? { NextMarker: next } : {}) };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

/** Takes provisioned concurrency away, where there is any. */
export async function forgetProvisioned(tx: Transaction, id: FunctionId, qualifier: string): Promise<void> {
  const record = await readProvisioned(tx, id, qualifier);
  const before = record && (await readFunction(tx, id));
  if (!before) return;
  changeClaims(tx, id, before, withProvisioned(before, record, undefined));
  deleteProvisioned(tx, id, qualifier);
}

/** An alias that changes takes its provisioned concurrency with it to other versions. */
export async function moveProvisioned(tx: Transaction, id: FunctionId, alias: AliasRecord): Promise<void> {
  const record = await readProvisioned(tx, id, alias.name);
  if (!record) return;
  if (alias.version === "$LATEST") throw invalid("Invalid alias configuration for Provisioned Concurrency.");
  for (const version of [alias.version, ...Object.keys(alias.weights)]) {
    if (await readProvisioned(tx, id, version)) throw alreadyProvisioned();
  }
  if (record.status !== "FAILED") {
    const request = `${record.request}.${alias.revisionId}`;
    writeProvisioned(tx, id, alias.name, { ...record, request, status: "IN_PROGRESS" });
  }
}

/** The function with what it has provisioned once a record has taken the place of another. */
export function withProvisioned(
  record: FunctionRecord,
  before: ProvisionedRecord | undefined,
  after: ProvisionedRecord | undefined,
): FunctionRecord {
  const count = (each: ProvisionedRecord | undefined) =>
    each && each.status !== "FAILED" ? each.requested : 0;
  const { provisionedConcurrency: sum = 0, ...rest } = record;
  const provisionedConcurrency = sum - count(before) + count(after);
  return provisionedConcurrency > 0 ? { ...rest, provisionedConcurrency } : rest;
}

/** A version is provisioned by itself or by an alias that points at it, never by both. */
async function refuseOverlap(tx: Transaction, id: FunctionId, qualifier: string): Promise<void> {
  if (!isVersionNumber(qualifier)) {
    const alias = await readAlias(tx, id, qualifier);
    if (alias?.version === "$LATEST") throw unpublished();
    for (const version of alias ? [alias.version, ...Object.keys(alias.weights)] : []) {
      if (await readProvisioned(tx, id, version)) throw alreadyProvisioned();
    }
    return;
  }
  for await (const alias of aliasesOf(tx, id)) {
    if (alias.version !== qualifier && !(qualifier in alias.weights)) continue;
    if (await readProvisioned(tx, id, alias.name)) {
      throw fault("ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias");
    }
  }
}

function countReady(context: Context, shares: Awaited<ReturnType<typeof allocatedFor>>): number {
  let ready = 0;
  for (const { version, count } of shares) ready += Math.min(count, context.functions.provisioned(version));
  return ready;
}

/** After a restart, and after a crash of an environment, what is there is less than what is wanted. */
function describe(record: ProvisionedRecord, ready: number) {
  const isFailed = record.status === "FAILED";
  const isReady = record.status === "READY" && ready >= record.requested;
  return {
    RequestedProvisionedConcurrentExecutions: record.requested,
    AvailableProvisionedConcurrentExecutions: isFailed ? 0 : ready,
    AllocatedProvisionedConcurrentExecutions: isFailed ? 0 : ready,
    Status: isFailed ? ("FAILED" as const) : isReady ? ("READY" as const) : ("IN_PROGRESS" as const),
    ...(record.reason ? { StatusReason: record.reason } : {}),
    LastModified: lambdaTime(record.lastModifiedMs),
  };
}

function onlyPublished(name: FunctionName): FunctionName & { qualifier: string } {
  const { qualifier = "$LATEST" } = name;
  if (qualifier !== "$LATEST") return { ...name, qualifier };
  throw invalid("The function resource provided must be an alias or a published version.");
}

const invalid = (message: string) => fault("InvalidParameterValueException", message);
const unpublished = () =>
  invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
const alreadyProvisioned = () =>
  fault(
    "ResourceConflictException",
    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
  );
