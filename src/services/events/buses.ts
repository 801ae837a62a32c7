import type * as sdk from "@aws-sdk/client-eventbridge";
import { parseArn } from "../../kernel/arn.ts";
import type { Context, Handlers } from "../define.ts";
import { exists, invalid, invalidParameter, tooMany } from "./faults.ts";
import { type BusName, busArn, DEFAULT_BUS, parseBus } from "./names.ts";
import { pageOf } from "./paging.ts";
import { activate, deactivate } from "./partners.ts";
import { type BusRecord, busesOf, deleteBusRecord, deleteRuleRecord, rulesOf, writeBus } from "./records.ts";
import { findBus, requireBus } from "./require.ts";
import { readTags } from "./tags.ts";

/** AWS raises it on request, so it holds only where capacity is enforced. */
const MOST_BUSES = 100;

export const buses = {
  async CreateEventBus(input, context) {
    const { scope, ids, clock, store } = context;
    const name: BusName = { ...scope, name: input.Name ?? "" };
    checkBusName(name.name, input.EventSourceName);
    const nowMs = Math.floor(clock.now());
    const bus: BusRecord = {
      v: 1,
      ...name,
      revision: ids.hex(16),
      createdMs: nowMs,
      modifiedMs: nowMs,
      ...settingsOf(input),
      tags: readTags(input.Tags),
    };
    await store.transact(async (tx) => {
      if (await findBus(tx, name, nowMs)) throw exists("Event bus", name.name);
      if (context.capacity === "enforce") {
        let count = 0;
        for await (const _ of busesOf(tx, scope, "")) count++;
        if (count >= MOST_BUSES) throw tooMany();
      }
      if (input.EventSourceName !== undefined) await activate(tx, scope, input.EventSourceName, nowMs);
      writeBus(tx, bus);
    });
    return { EventBusArn: busArn(bus), ...shownSettings(bus) };
  },

  async UpdateEventBus(input, context) {
    const name = parseBus(input.Name, context.scope);
    const nowMs = Math.floor(context.clock.now());
    const bus = await context.store.transact(async (tx) => {
      const old = await requireBus(tx, name, nowMs);
      const changed: BusRecord = { ...old, ...settingsOf(input), modifiedMs: nowMs };
      writeBus(tx, changed);
      return changed;
    });
    return { Arn: busArn(bus), Name: bus.name, ...shownSettings(bus) };
  },

  async DescribeEventBus(input, context) {
    const bus = await settled(context, parseBus(input.Name, context.scope));
    return { ...describe(bus), ...shownSettings(bus) };
  },

  async ListEventBuses(input, context) {
    const { scope, store } = context;
    await settled(context, { ...scope, name: DEFAULT_BUS });
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => busesOf(tx, scope, input.NamePrefix ?? "", after),
        input,
        ({ name }) => name,
      ),
    );
    return { EventBuses: items.map((bus) => ({ ...describe(bus), ...shownDescription(bus) })), ...token };
  },

  /** A bus that is not there is gone, which is what was asked for. */
  async DeleteEventBus(input, context) {
    const name = parseBus(input.Name, context.scope);
    if (name.name === DEFAULT_BUS) throw invalid("Cannot delete event bus default.");
    await context.store.transact(async (tx) => {
      for await (const rule of rulesOf(tx, name)) {
        // A rule of AWS's own, such as an archive's, goes with its bus.
        if (rule.managedBy === undefined) {
          throw invalid(`Event bus ${name.name} can't be deleted since it has rules.`);
        }
        deleteRuleRecord(tx, rule);
      }
      await deactivate(tx, name, name.name);
      deleteBusRecord(tx, name);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** A bus as it is stored; the default bus comes to be when it is first looked at. */
function settled({ store, clock }: Context, name: BusName): Promise<BusRecord> {
  const nowMs = Math.floor(clock.now());
  return store.transact(async (tx) => {
    const bus = await requireBus(tx, name, nowMs);
    if (bus.revision === "" && bus.createdMs === nowMs) writeBus(tx, bus);
    return bus;
  });
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html */
function checkBusName(name: string, source: string | undefined): void {
  if (source !== undefined) {
    if (name !== source) throw invalidParameter("Name", "Must match the name of the partner event source.");
    return;
  }
  if (name.includes("/")) {
    throw invalidParameter(
      "Name",
      "Event bus name must not contain '/' unless it matches a partner event source.",
    );
  }
}

interface Settings {
  readonly Description?: string | undefined;
  readonly KmsKeyIdentifier?: string | undefined;
  readonly DeadLetterConfig?: sdk.DeadLetterConfig | undefined;
  readonly LogConfig?: sdk.LogConfig | undefined;
}

function settingsOf({ Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig }: Settings) {
  const deadLetterArn = DeadLetterConfig?.Arn;
  if (deadLetterArn !== undefined && parseArn(deadLetterArn)?.service !== "sqs") {
    throw invalidParameter("DeadLetterConfig.Arn", "Must contain an SQS queue ARN.");
  }
  return {
    ...(Description === undefined ? {} : { description: Description }),
    ...(KmsKeyIdentifier === undefined ? {} : { kmsKey: KmsKeyIdentifier }),
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
    ...(LogConfig === undefined ? {} : { logConfig: { ...LogConfig } }),
  };
}

const shownDescription = ({ description }: BusRecord) =>
  description === undefined ? {} : { Description: description };

function shownSettings(bus: BusRecord) {
  const { kmsKey, deadLetterArn, logConfig } = bus;
  return {
    ...shownDescription(bus),
    ...(kmsKey === undefined ? {} : { KmsKeyIdentifier: kmsKey }),
    ...(deadLetterArn === undefined ? {} : { DeadLetterConfig: { Arn: deadLetterArn } }),
    ...(logConfig === undefined ? {} : { LogConfig: { ...logConfig } }),
  };
}

function describe(bus: BusRecord) {
  return {
    Name: bus.name,
    Arn: busArn(bus),
    ...(bus.policy === undefined ? {} : { Policy: bus.policy }),
    CreationTime: new Date(bus.createdMs),
    LastModifiedTime: new Date(bus.modifiedMs),
  };
}
