import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { checkTags } from "./check-tags.ts";
import { checkSource, kindOf } from "./event-source-checks.ts";
import {
  type EventSourceRecord,
  type EventSourceState,
  eventSourcesOf,
  readEventSource,
  writeEventSource,
} from "./event-source-records.ts";
import { changedSettings, describeSettings, newSettings } from "./event-source-settings.ts";
import { fault } from "./faults.ts";
import { arnOf, type FunctionName, functionNotFound, nameFunction } from "./names.ts";
import { readMarker, takePage } from "./paging.ts";
import { readFunction } from "./records.ts";
import { resolveTarget } from "./resolve.ts";

const PAGE_ITEMS = 100;

/** Event source mappings: what is wanted of a queue or stream. Who reads it keeps to it. */
export const eventSources = {
  async CreateEventSourceMapping(input, context) {
    const { EventSourceArn: sourceArn = "", Enabled: enabled = true, Tags: tags = {} } = input;
    const nowMs = context.clock.now();
    if (input.DestinationConfig?.OnSuccess !== undefined)
      throw invalid("Unsupported DestinationConfig parameter for given event source mapping type.");
    const kind = kindOf(input.EventSourceArn, input.SelfManagedEventSource !== undefined);
    const settings = newSettings(kind, sourceArn, input, nowMs);
    checkTags(tags);
    const name = nameFunction(input.FunctionName, undefined, context.scope);
    await checkSource(context, kind, sourceArn, await timeoutOf(context, name));
    const record: EventSourceRecord = {
      ...{ v: 1, uuid: context.ids.uuid(), ...context.scope, ...target(name), sourceArn, enabled },
      state: "Creating",
      reason: kind === "sqs" ? "USER_INITIATED" : "User action",
      createdMs: nowMs,
      ...(enabled ? { startedMs: nowMs } : {}),
      lastModifiedMs: nowMs,
      ...(kind === "sqs" ? {} : { lastResult: "No records processed" }),
      revision: context.ids.uuid(),
      settings,
      tags,
    };
    await context.store.transact(async (tx) => {
      await refuseTwin(tx, record);
      writeEventSource(tx, record);
    });
    return describe(record);
  },

  async GetEventSourceMapping({ UUID = "" }, { scope, store }) {
    return describe(await store.transact((tx) => requireEventSource(tx, scope, UUID)));
  },

  async ListEventSourceMappings(input, { scope, store }) {
    const { EventSourceArn: sourceArn, FunctionName, MaxItems = PAGE_ITEMS } = input;
    const [after] = readMarker(input.Marker) ?? [];
    const name = FunctionName === undefined ? undefined : nameFunction(FunctionName, undefined, scope);
    const { items, next } = await store.transact(async (tx) => {
      if (name && !(await readFunction(tx, name))) throw functionNotFound(arnOf(name));
      const found = matching(eventSourcesOf(tx, scope, after), sourceArn, name);
      return takePage(found, Math.min(MaxItems, PAGE_ITEMS), ({ uuid }) => [uuid]);
    });
    return { EventSourceMappings: items.map(describe), ...(next ? { NextMarker: next } : {}) };
  },

  async UpdateEventSourceMapping(input, context) {
    const { UUID = "", FunctionName } = input;
    const { scope, store } = context;
    const nowMs = context.clock.now();
    const revision = context.ids.uuid();
    const before = await store.transact((tx) => requireEventSource(tx, scope, UUID));
    const name =
      FunctionName === undefined ? functionOf(before) : nameFunction(FunctionName, undefined, scope);
    const kind = kindOf(before.sourceArn, false);
    changedSettings(kind, before.sourceArn, before.settings, input);
    await checkSource(context, kind, before.sourceArn, await timeoutOf(context, name));
    const record = await store.transact(async (tx) => {
      const found = await requireEventSource(tx, scope, UUID);
      if (found.state === "Deleting") throw inUse("update");
      const { qualifier: _, ...current } = found;
      const enabled = input.Enabled ?? current.enabled;
      const next: EventSourceRecord = {
        ...current,
        ...target(name),
        enabled,
        state: changing(current.enabled, enabled),
        lastModifiedMs: nowMs,
        ...(enabled && current.startedMs === undefined ? { startedMs: nowMs } : {}),
        revision,
        settings: changedSettings(kind, current.sourceArn, current.settings, input),
      };
      await refuseTwin(tx, next);
      writeEventSource(tx, next);
      return next;
    });
    return describe(record);
  },

  async DeleteEventSourceMapping({ UUID = "" }, { scope, store, clock, ids }) {
    const revision = ids.uuid();
    const lastModifiedMs = clock.now();
    const record = await store.transact(async (tx) => {
      const found = await requireEventSource(tx, scope, UUID);
      if (found.state === "Deleting") throw inUse("delete");
      const next: EventSourceRecord = {
        ...found,
        enabled: false,
        state: "Deleting",
        lastModifiedMs,
        revision,
      };
      writeEventSource(tx, next);
      return next;
    });
    return describe(record);
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

const target = ({ name: functionName, qualifier }: FunctionName) =>
  qualifier === undefined ? { functionName } : { functionName, qualifier };

/** The function that a mapping names. */
export function functionOf(record: EventSourceRecord): FunctionName {
  const { account, region, functionName: name, qualifier } = record;
  return qualifier === undefined ? { account, region, name } : { account, region, name, qualifier };
}

export const eventSourceArn = (scope: Scope, uuid: string): string =>
  formatArn("lambda", scope, `event-source-mapping:${uuid}`);

function changing(was: boolean, is: boolean): EventSourceState {
  if (was === is) return "Updating";
  return is ? "Enabling" : "Disabling";
}

export async function requireEventSource(
  tx: Transaction,
  scope: Scope,
  uuid: string,
): Promise<EventSourceRecord> {
  const record = await readEventSource(tx, scope, uuid);
  if (!record) throw fault("ResourceNotFoundException", "The resource you requested does not exist.");
  return record;
}

/** Seconds that the function may run. Faults: InvalidParameterValueException where there is none. */
async function timeoutOf({ store }: Context, name: FunctionName): Promise<number> {
  const found = await store.transact((tx) => resolveTarget(tx, name, () => 1));
  if (!found) throw invalid("Function does not exist");
  return found.version.timeoutMs / 1000;
}

/** One function reads one source through one mapping. */
async function refuseTwin(tx: Transaction, record: EventSourceRecord): Promise<void> {
  const arn = arnOf(functionOf(record));
  for await (const other of eventSourcesOf(tx, record)) {
    if (other.uuid === record.uuid || other.sourceArn !== record.sourceArn) continue;
    if (arnOf(functionOf(other)) !== arn) continue;
    const service = parseArn(record.sourceArn)?.service;
    const what =
      service === "sqs"
        ? `An event source mapping with SQS arn (" ${other.sourceArn} ") and function ` +
          `(" ${other.functionName} ") already exists.`
        : `The event source arn (" ${other.sourceArn} ") and function (" ${other.functionName} ") ` +
          "provided mapping already exists.";
    const message = `${what} Please update or delete the existing mapping with UUID ${other.uuid}`;
    throw fault("ResourceConflictException", message);
  }
}

async function* matching(
  records: AsyncIterable<EventSourceRecord>,
  sourceArn: string | undefined,
  name: FunctionName | undefined,
): AsyncIterable<EventSourceRecord> {
  for await (const record of records) {
    if (sourceArn !== undefined && record.sourceArn !== sourceArn) continue;
    if (name && record.functionName !== name.name) continue;
    if (name?.qualifier !== undefined && record.qualifier !== name.qualifier) continue;
    yield record;
  }
}

function describe(record: EventSourceRecord): EventSourceMappingConfiguration {
  return {
    UUID: record.uuid,
    EventSourceMappingArn: eventSourceArn(record, record.uuid),
    EventSourceArn: record.sourceArn,
    FunctionArn: arnOf(functionOf(record)),
    State: record.state,
    StateTransitionReason: record.reason,
    LastModified: new Date(record.lastModifiedMs),
    ...(record.lastResult === undefined ? {} : { LastProcessingResult: record.lastResult }),
    ...describeSettings(record.settings),
  };
}

const inUse = (what: "update" | "delete") =>
  fault("ResourceInUseException", `Cannot ${what} the event source mapping because it is in use.`);
const invalid = (message: string) => fault("InvalidParameterValueException", message);
