import type { AsyncSettings, FunctionTarget, FunctionVersion } from "../../kernel/functions.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { type FunctionName, functionArn, isVersionNumber, parseFunctionName } from "./names.ts";
import {
  type AliasRecord,
  type FunctionId,
  type FunctionRecord,
  readAlias,
  readEventInvoke,
  readFunction,
  readTotal,
  readVersion,
  type VersionRecord,
} from "./records.ts";

/**
 * What an ARN runs at this moment, or undefined when there is no such function, version or alias. A
 * weighted alias picks one of its versions by `fraction`, a number in [0, 1).
 */
export async function resolveFunction(
  store: Store,
  arn: string,
  fraction: () => number,
): Promise<FunctionTarget | undefined> {
  const name = parseFunctionName(arn, { account: "", region: "" });
  if (!name?.account || !name.region) return undefined;
  return store.transact((tx) => resolveTarget(tx, name, fraction));
}

export async function resolveTarget(
  tx: Transaction,
  name: FunctionName,
  fraction: () => number,
): Promise<FunctionTarget | undefined> {
  const record = await readFunction(tx, name);
  if (!record) return undefined;
  const version = await pickVersion(tx, name, record, fraction);
  if (!version) return undefined;
  const claimed = await readTotal(tx, name, "reservedConcurrency");
  return {
    version: functionVersion(name, version),
    ...(record.reservedConcurrency === undefined ? {} : { reservedConcurrency: record.reservedConcurrency }),
    ...(record.provisionedConcurrency ? { provisionedConcurrency: record.provisionedConcurrency } : {}),
    claimedConcurrency: claimed,
    recursiveLoop: record.recursiveLoop,
    asynchronous: await asyncSettings(tx, name, version),
  };
}

async function pickVersion(
  tx: Transaction,
  name: FunctionName,
  record: FunctionRecord,
  fraction: () => number,
): Promise<VersionRecord | undefined> {
  const { qualifier } = name;
  if (qualifier === undefined || qualifier === "$LATEST") return record.latest;
  if (isVersionNumber(qualifier)) return readVersion(tx, name, qualifier);
  const alias = await readAlias(tx, name, qualifier);
  return alias && readVersion(tx, name, weighVersion(alias, fraction));
}

/** The version of an alias that one invocation goes to: the weighted one gets its share. */
function weighVersion(alias: AliasRecord, fraction: () => number): string {
  const [second] = Object.entries(alias.weights);
  return second && fraction() < second[1] ? second[0] : alias.version;
}

async function asyncSettings(
  tx: Transaction,
  name: FunctionName,
  version: VersionRecord,
): Promise<AsyncSettings> {
  const config = await readEventInvoke(tx, name, name.qualifier ?? "$LATEST");
  return {
    ...(config?.maximumRetryAttempts === undefined
      ? {}
      : { maximumRetryAttempts: config.maximumRetryAttempts }),
    ...(config?.maximumEventAgeSeconds === undefined
      ? {}
      : { maximumEventAgeMs: config.maximumEventAgeSeconds * 1000 }),
    ...(config?.onSuccess ? { onSuccess: config.onSuccess } : {}),
    ...(config?.onFailure ? { onFailure: config.onFailure } : {}),
    ...(version.deadLetterTarget ? { deadLetterTarget: version.deadLetterTarget } : {}),
  };
}

/** A stored version as compute knows it. */
export function functionVersion(id: FunctionId, record: VersionRecord): FunctionVersion {
  const { logging } = record;
  return {
    account: id.account,
    region: id.region,
    name: id.name,
    arn: functionArn(id),
    version: record.version,
    revision: record.build,
    runtime: record.runtime,
    handler: record.handler,
    role: record.role,
    codeBlob: record.codeBlob,
    codeSha256: record.codeSha256,
    layers: record.layers ?? [],
    timeoutMs: record.timeoutSeconds * 1000,
    memoryMb: record.memoryMb,
    ephemeralStorageMb: record.ephemeralStorageMb,
    architecture: record.architecture,
    environment: record.environment ?? {},
    logGroup: logging.group,
    logFormat: logging.format,
    ...(logging.applicationLevel ? { applicationLogLevel: logging.applicationLevel } : {}),
    ...(logging.systemLevel ? { systemLogLevel: logging.systemLevel } : {}),
  };
}
