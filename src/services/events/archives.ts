import type * as sdk from "@aws-sdk/client-eventbridge";
import { formatArn } from "../../kernel/arn.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { busMissing, exists, invalid, invalidParameter, missing } from "./faults.ts";
import { busArn, parseBusArn, type RuleName } from "./names.ts";
import { pageOf } from "./paging.ts";
import { readPattern } from "./patterns.ts";
import {
  type ArchiveRecord,
  archivesOf,
  archiveTotals,
  deleteArchiveRecord,
  deleteRuleRecord,
  type RuleRecord,
  readArchive,
  readRule,
  writeArchive,
  writeBus,
  writeRule,
} from "./records.ts";
import { findBus } from "./require.ts";

const MANAGER = "prod.vhs.events.aws.internal";

export const archives = {
  async CreateArchive(input, context) {
    const { scope, ids, clock, store } = context;
    const name = input.ArchiveName ?? "";
    const bus = parseBusArn(input.EventSourceArn ?? "");
    if (!bus) throw invalidParameter("EventSourceArn", "Must contain an event bus ARN.");
    if (bus.account !== scope.account || bus.region !== scope.region) throw busMissing(bus.name);
    if (input.EventPattern !== undefined) readPattern(input.EventPattern);
    const nowMs = Math.floor(clock.now());
    const archive: ArchiveRecord = {
      v: 1,
      ...scope,
      name,
      id: ids.uuid(),
      busArn: busArn(bus),
      ...settingsOf(input),
      retentionDays: input.RetentionDays ?? 0,
      createdMs: nowMs,
    };
    await store.transact(async (tx) => {
      if (!(await findBus(tx, bus, nowMs))) throw busMissing(bus.name);
      if (await readArchive(tx, scope, name)) throw exists("Archive", name);
      writeArchive(tx, archive);
      await putArchiveRule(tx, context, archive, ids.hex(16));
    });
    return changed(archive);
  },

  async UpdateArchive(input, context) {
    const { scope, ids, store } = context;
    const { ArchiveName: name = "", EventPattern, RetentionDays, Description, KmsKeyIdentifier } = input;
    if ([EventPattern, RetentionDays, Description, KmsKeyIdentifier].every((one) => one === undefined)) {
      throw invalid("At least one of EventPattern, RetentionDays or Description must be provided.");
    }
    if (EventPattern !== undefined) readPattern(EventPattern);
    const archive = await store.transact(async (tx) => {
      const old = await requireArchive(tx, context, name);
      const next: ArchiveRecord = {
        ...old,
        ...settingsOf(input),
        retentionDays: RetentionDays ?? old.retentionDays,
      };
      writeArchive(tx, next);
      if (EventPattern !== undefined) await putArchiveRule(tx, context, next, ids.hex(16));
      return next;
    });
    return changed({ ...archive, ...scope });
  },

  async DescribeArchive(input, context) {
    return context.store.transact(async (tx) => {
      const archive = await requireArchive(tx, context, input.ArchiveName ?? "");
      const { description, pattern, kmsKey } = archive;
      return {
        ...(await summary(tx, archive)),
        ArchiveArn: archiveArn(archive),
        ...(description === undefined ? {} : { Description: description }),
        ...(pattern === undefined ? {} : { EventPattern: pattern }),
        ...(kmsKey === undefined ? {} : { KmsKeyIdentifier: kmsKey }),
      };
    });
  },

  async ListArchives(input, context) {
    const { NamePrefix, EventSourceArn, State } = input;
    if ([NamePrefix, EventSourceArn, State].filter((one) => one !== undefined).length > 1) {
      throw invalid(
        "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.",
      );
    }
    const bus = EventSourceArn === undefined ? undefined : parseBusArn(EventSourceArn);
    return context.store.transact(async (tx) => {
      if (bus && !(await findBus(tx, bus, context.clock.now()))) throw busMissing(bus.name);
      const { items, token } = await pageOf(
        (after) => archivesOf(tx, context.scope, NamePrefix ?? "", after),
        input,
        ({ name }) => name,
        (archive) =>
          (EventSourceArn === undefined || archive.busArn === EventSourceArn) &&
          (State === undefined || State === "ENABLED"),
      );
      return { Archives: await Promise.all(items.map((one) => summary(tx, one))), ...token };
    });
  },

  async DeleteArchive(input, context) {
    const revision = context.ids.hex(16);
    await context.store.transact(async (tx) => {
      const archive = await requireArchive(tx, context, input.ArchiveName ?? "");
      deleteArchiveRecord(tx, archive);
      const name = ruleOf(archive);
      const rule = await readRule(tx, name);
      const bus = await findBus(tx, { ...name, name: name.bus }, context.clock.now());
      if (rule) deleteRuleRecord(tx, rule);
      if (bus) writeBus(tx, { ...bus, revision });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

export function archiveArn({ account, region, name }: ArchiveRecord): string {
  return formatArn("events", { account, region }, `archive/${name}`);
}

async function requireArchive(tx: Transaction, { scope }: Context, name: string): Promise<ArchiveRecord> {
  const archive = await readArchive(tx, scope, name);
  if (!archive) throw missing("Archive", name);
  return archive;
}

function settingsOf({ Description, EventPattern, KmsKeyIdentifier }: sdk.UpdateArchiveRequest) {
  return {
    ...(Description === undefined ? {} : { description: Description }),
    ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
    ...(KmsKeyIdentifier === undefined ? {} : { kmsKey: KmsKeyIdentifier }),
  };
}

function ruleOf({ busArn: arn, name, account, region }: ArchiveRecord): RuleName {
  return { account, region, bus: parseBusArn(arn)?.name ?? "", name: `Events-Archive-${name}` };
}

/**
 * An archive is filled by a rule that EventBridge itself manages; what is replayed is not archived again.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
 */
async function putArchiveRule(
  tx: Transaction,
  { clock }: Context,
  archive: ArchiveRecord,
  revision: string,
): Promise<void> {
  const nowMs = Math.floor(clock.now());
  const name = ruleOf(archive);
  const own = archive.pattern === undefined ? {} : JSON.parse(archive.pattern);
  const rule: RuleRecord = {
    v: 1,
    ...name,
    pattern: JSON.stringify({ ...own, "replay-name": [{ exists: false }] }),
    state: "ENABLED",
    managedBy: MANAGER,
    createdBy: archive.account,
    sinceMs: nowMs,
    targets: [
      {
        Id: name.name,
        Arn: `arn:aws:events:${archive.region}:::`,
        InputTransformer: {
          InputPathsMap: {},
          InputTemplate:
            `{"archive-arn": "${archiveArn(archive)}:${archive.id}", "event": <aws.events.event.json>, ` +
            '"ingestion-time": <aws.events.event.ingestion-time>}',
        },
      },
    ],
    tags: {},
    archiveId: archive.id,
  };
  writeRule(tx, rule, await readRule(tx, name));
  const bus = await findBus(tx, { ...name, name: name.bus }, nowMs);
  if (bus) writeBus(tx, { ...bus, revision });
}

function changed(archive: ArchiveRecord) {
  return {
    ArchiveArn: archiveArn(archive),
    State: "ENABLED" as const,
    CreationTime: new Date(archive.createdMs),
  };
}

async function summary(tx: Transaction, archive: ArchiveRecord) {
  const { count, sizeBytes } = await archiveTotals(tx, archive.id);
  return {
    ArchiveName: archive.name,
    EventSourceArn: archive.busArn,
    State: "ENABLED" as const,
    RetentionDays: archive.retentionDays,
    SizeBytes: sizeBytes,
    EventCount: count,
    CreationTime: new Date(archive.createdMs),
  };
}
