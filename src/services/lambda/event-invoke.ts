import type { DestinationConfig, FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import { parseArn } from "../../kernel/arn.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { PAGE_ITEMS } from "./limits.ts";
import {
  type FunctionName,
  isVersionNumber,
  nameFunction,
  parseFunctionName,
  qualifiedArn,
} from "./names.ts";
import { readMarker, takePage } from "./paging.ts";
import {
  deleteEventInvoke,
  type EventInvokeRecord,
  eventInvokesOf,
  type FunctionId,
  readAlias,
  readEventInvoke,
  readFunction,
  readVersion,
  writeEventInvoke,
} from "./records.ts";

/** What happens to asynchronous events: retries, age, destinations. Delivery keeps to it. */
export const eventInvoke = {
  async PutFunctionEventInvokeConfig(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const record: EventInvokeRecord = { ...settingsOf(input), v: 1, lastModifiedMs: context.clock.now() };
    const qualifier = name.qualifier ?? "$LATEST";
    await context.store.transact(async (tx) => {
      await requireTarget(tx, name);
      await checkDestinations(tx, name, input.DestinationConfig);
      writeEventInvoke(tx, name, qualifier, record);
    });
    return describe(name, qualifier, record);
  },

  async UpdateFunctionEventInvokeConfig(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const change = settingsOf(input);
    const qualifier = name.qualifier ?? "$LATEST";
    const lastModifiedMs = context.clock.now();
    const record = await context.store.transact(async (tx) => {
      await requireTarget(tx, name);
      const current = await requireConfig(tx, name, qualifier);
      await checkDestinations(tx, name, input.DestinationConfig);
      const next: EventInvokeRecord = { ...current, ...change, lastModifiedMs };
      writeEventInvoke(tx, name, qualifier, next);
      return next;
    });
    return describe(name, qualifier, record);
  },

  async GetFunctionEventInvokeConfig(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const qualifier = name.qualifier ?? "$LATEST";
    const record = await context.store.transact((tx) => requireConfig(tx, name, qualifier));
    return describe(name, qualifier, record);
  },

  async DeleteFunctionEventInvokeConfig(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const qualifier = name.qualifier ?? "$LATEST";
    await context.store.transact(async (tx) => {
      await requireConfig(tx, name, qualifier);
      deleteEventInvoke(tx, name, qualifier);
    });
    return {};
  },

  async ListFunctionEventInvokeConfigs(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const [after] = readMarker(input.Marker) ?? [];
    const { items, next } = await context.store.transact(async (tx) => {
      if (!(await readFunction(tx, id))) throw noFunction();
      const most = Math.min(input.MaxItems ?? PAGE_ITEMS, PAGE_ITEMS);
      return takePage(eventInvokesOf(tx, id, after), most, ([qualifier]) => [qualifier]);
    });
    return {
      FunctionEventInvokeConfigs: items.map(([qualifier, record]) => describe(id, qualifier, record)),
      ...(next ? { NextMarker: next } : {}),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

interface Given {
  readonly MaximumRetryAttempts?: number | undefined;
  readonly MaximumEventAgeInSeconds?: number | undefined;
  readonly DestinationConfig?: DestinationConfig | undefined;
}

function settingsOf(input: Given): Omit<EventInvokeRecord, "v" | "lastModifiedMs"> {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = input;
  if (
    MaximumRetryAttempts === undefined &&
    MaximumEventAgeInSeconds === undefined &&
    DestinationConfig === undefined
  ) {
    throw invalid("You must specify at least one of error handling or destination setting.");
  }
  return {
    ...(MaximumRetryAttempts === undefined ? {} : { maximumRetryAttempts: MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds === undefined ? {} : { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
    ...(DestinationConfig
      ? {
          onSuccess: DestinationConfig.OnSuccess?.Destination ?? "",
          onFailure: DestinationConfig.OnFailure?.Destination ?? "",
        }
      : {}),
  };
}

function describe(id: FunctionId, qualifier: string, record: EventInvokeRecord): FunctionEventInvokeConfig {
  const destination = (arn: string | undefined) => (arn ? { Destination: arn } : {});
  return {
    LastModified: new Date(record.lastModifiedMs),
    FunctionArn: qualifiedArn(id, qualifier),
    ...(record.maximumRetryAttempts === undefined
      ? {}
      : { MaximumRetryAttempts: record.maximumRetryAttempts }),
    ...(record.maximumEventAgeSeconds === undefined
      ? {}
      : { MaximumEventAgeInSeconds: record.maximumEventAgeSeconds }),
    DestinationConfig: {
      OnSuccess: destination(record.onSuccess),
      OnFailure: destination(record.onFailure),
    },
  };
}

/** The function with the version or alias named. One that is missing is told without its name. */
async function requireTarget(tx: Transaction, name: FunctionName): Promise<void> {
  const { qualifier } = name;
  if (!(await readFunction(tx, name))) throw noFunction();
  if (qualifier === undefined || qualifier === "$LATEST") return;
  const found = isVersionNumber(qualifier)
    ? await readVersion(tx, name, qualifier)
    : await readAlias(tx, name, qualifier);
  if (!found) throw noFunction();
}

async function requireConfig(tx: Transaction, id: FunctionId, qualifier: string): Promise<EventInvokeRecord> {
  const record = await readEventInvoke(tx, id, qualifier);
  if (record) return record;
  throw fault(
    "ResourceNotFoundException",
    `The function ${qualifiedArn(id, qualifier)} doesn't have an EventInvokeConfig`,
  );
}

/** Functions, queues, topics and buses take both outcomes; buckets take failures only. */
async function checkDestinations(
  tx: Transaction,
  id: FunctionId,
  config: DestinationConfig | undefined,
): Promise<void> {
  if (!config) return;
  const onSuccess = config.OnSuccess?.Destination;
  const onFailure = config.OnFailure?.Destination;
  const usable = (arn: string | undefined, services: readonly string[]) =>
    !arn || services.includes(parseArn(arn)?.service ?? "");
  const both = ["lambda", "sqs", "sns", "events"];
  for (const arn of [onFailure, onSuccess]) {
    if (arn && parseArn(arn)?.service === "lambda") await checkFunction(tx, id, arn);
  }
  if (usable(onSuccess, both) && usable(onFailure, [...both, "s3"])) return;
  const told = (kind: string, arn: string | undefined) => (arn ? `${kind}(destination=${arn})` : "null");
  throw invalid(
    `The provided destination config DestinationConfig(onSuccess=${told("OnSuccess", onSuccess)}, ` +
      `onFailure=${told("OnFailure", onFailure)}) is invalid.`,
  );
}

async function checkFunction(tx: Transaction, id: FunctionId, arn: string): Promise<void> {
  const other = parseFunctionName(arn, id);
  if (!other || !(await readFunction(tx, other))) throw invalid(`The destination ARN ${arn} is invalid.`);
  if (other.name === id.name && other.account === id.account && other.region === id.region) {
    throw invalid("You can't specify the function as a destination for itself.");
  }
}

const noFunction = () => fault("ResourceNotFoundException", "The function doesn't exist.");
const invalid = (message: string) => fault("InvalidParameterValueException", message);
