import type * as sdk from "@aws-sdk/client-eventbridge";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import { type BusName, DEFAULT_BUS, type RuleName } from "./names.ts";

export type Tags = Readonly<Record<string, string>>;

export interface BusRecord extends BusName {
  readonly v: 1;
  /** Changes with every change of the bus's rules, so that what memory holds of them is known to be old. */
  readonly revision: string;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly description?: string;
  readonly kmsKey?: string;
  readonly deadLetterArn?: string;
  readonly logConfig?: sdk.LogConfig;
  /** JSON text. */
  readonly policy?: string;
  readonly tags: Tags;
}

export interface RuleRecord extends RuleName {
  readonly v: 1;
  /** JSON text. */
  readonly pattern?: string;
  readonly schedule?: string;
  readonly state: sdk.RuleState;
  readonly description?: string;
  readonly roleArn?: string;
  readonly managedBy?: string;
  readonly createdBy: string;
  /** From when a rate counts. */
  readonly sinceMs: number;
  /** When its schedule runs next. */
  readonly nextMs?: number;
  /** In the order in which they came. */
  readonly targets: readonly sdk.Target[];
  readonly tags: Tags;
  /** The archive that a managed rule fills. */
  readonly archiveId?: string;
}

export interface ArchiveRecord extends Scope {
  readonly v: 1;
  readonly name: string;
  /** Where its events are: an archive of the same name that comes later has none of them. */
  readonly id: string;
  readonly busArn: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly kmsKey?: string;
  /** 0: for ever. */
  readonly retentionDays: number;
  readonly createdMs: number;
}

export interface ArchivedEvent {
  readonly v: 1;
  /** JSON text. */
  readonly event: string;
  readonly archivedMs: number;
}

export interface ReplayRecord extends Scope {
  readonly v: 1;
  readonly name: string;
  readonly id: string;
  readonly archiveArn: string;
  readonly archiveId: string;
  readonly bus: BusName;
  readonly description?: string;
  /** Only these rules get the events; absent: all of the bus. */
  readonly filterArns?: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: sdk.ReplayState;
  readonly reason?: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly lastEventMs?: number;
  /** The archived event that was replayed last. */
  readonly cursor?: readonly [number, string];
  readonly trace: string;
}

const at = ({ account, region }: Scope, ...rest: Key): Key => ["events", account, region, ...rest];
const busKey = (bus: BusName): Key => at(bus, "bus", bus.name);
const ruleKey = (rule: RuleName): Key => at(rule, "rule", rule.bus, rule.name);
const archiveKey = (scope: Scope, name: string): Key => at(scope, "archive", name);
const replayKey = (scope: Scope, name: string): Key => at(scope, "replay", name);

/** Rules with a schedule, by when they run next. */
export const SCHEDULES: Key = ["eventsSchedules"];
const scheduleKey = (rule: RuleName, dueMs: number): Key => [
  ...SCHEDULES,
  dueMs,
  rule.account,
  rule.region,
  rule.name,
];
/** Archives that lose events by the clock. */
export const RETENTIONS: Key = ["eventsRetentions"];
const retentionKey = ({ account, region, name }: ArchiveRecord): Key => [
  ...RETENTIONS,
  account,
  region,
  name,
];
/** What deleted archives left behind. */
export const DRAINS: Key = ["eventsDrains"];
/** Replays that have not ended. */
export const REPLAYS: Key = ["eventsReplays"];
const activeReplayKey = ({ account, region, name }: ReplayRecord): Key => [...REPLAYS, account, region, name];

const archivedKey = (archiveId: string, ...rest: Key): Key => ["eventsArchive", archiveId, ...rest];
const expiryKey = (archiveId: string, ...rest: Key): Key => archivedKey(archiveId, "expiry", ...rest);
const eventKey = (archiveId: string, ...rest: Key): Key => archivedKey(archiveId, "event", ...rest);
const countKey = (archiveId: string): Key => archivedKey(archiveId, "count");
const sizeKey = (archiveId: string): Key => archivedKey(archiveId, "size");

const read = async <Shape>(tx: Transaction, key: Key) => (await tx.get(key)) as Shape | undefined;
const write = (tx: Transaction, key: Key, record: unknown) => tx.set(key, record as Value);

async function* listed<Shape>(tx: Transaction, all: Key, prefix: string, after?: string) {
  const from = after === undefined ? { gte: [...all, prefix] } : { gt: [...all, after] };
  for await (const [key, value] of tx.range({ prefix: all, ...from })) {
    if (!String(key.at(-1)).startsWith(prefix)) return;
    yield value as unknown as Shape;
  }
}

export const readBus = (tx: Transaction, bus: BusName) => read<BusRecord>(tx, busKey(bus));
export const writeBus = (tx: Transaction, bus: BusRecord) => write(tx, busKey(bus), bus);
export const deleteBusRecord = (tx: Transaction, bus: BusName) => tx.delete(busKey(bus));
/** In order of name, those after `after`. */
export const busesOf = (tx: Transaction, scope: Scope, prefix: string, after?: string) =>
  listed<BusRecord>(tx, at(scope, "bus"), prefix, after);

export const readRule = (tx: Transaction, rule: RuleName) => read<RuleRecord>(tx, ruleKey(rule));
export const rulesOf = (tx: Transaction, bus: BusName, prefix = "", after?: string) =>
  listed<RuleRecord>(tx, at(bus, "rule", bus.name), prefix, after);

/** Writes a rule and when it runs next; `old` is what it was before. */
export function writeRule(tx: Transaction, rule: RuleRecord, old: RuleRecord | undefined): void {
  if (old?.nextMs !== undefined) tx.delete(scheduleKey(old, old.nextMs));
  if (rule.nextMs !== undefined) tx.set(scheduleKey(rule, rule.nextMs), null);
  write(tx, ruleKey(rule), rule);
}

export function deleteRuleRecord(tx: Transaction, rule: RuleRecord): void {
  if (rule.nextMs !== undefined) tx.delete(scheduleKey(rule, rule.nextMs));
  tx.delete(ruleKey(rule));
}

interface Scheduled {
  readonly dueMs: number;
  readonly rule: RuleName;
  forget(): void;
}

/** The scheduled rules in the order of their times, the first ones only. */
export async function scheduledRules(tx: Transaction, limit: number): Promise<Scheduled[]> {
  const found: Scheduled[] = [];
  for await (const [key] of tx.range({ prefix: SCHEDULES }, { limit })) {
    const [dueMs, account, region, name] = key.slice(SCHEDULES.length);
    found.push({
      dueMs: Number(dueMs),
      rule: { account: String(account), region: String(region), bus: DEFAULT_BUS, name: String(name) },
      forget: () => tx.delete(key),
    });
  }
  return found;
}

export const readArchive = (tx: Transaction, scope: Scope, name: string) =>
  read<ArchiveRecord>(tx, archiveKey(scope, name));
export const archivesOf = (tx: Transaction, scope: Scope, prefix: string, after?: string) =>
  listed<ArchiveRecord>(tx, at(scope, "archive"), prefix, after);

export function writeArchive(tx: Transaction, archive: ArchiveRecord): void {
  write(tx, archiveKey(archive, archive.name), archive);
  if (archive.retentionDays > 0) write(tx, retentionKey(archive), archive);
  else tx.delete(retentionKey(archive));
}

/** The events go a piece at a time, in the background. */
export function deleteArchiveRecord(tx: Transaction, archive: ArchiveRecord): void {
  tx.delete(archiveKey(archive, archive.name));
  tx.delete(retentionKey(archive));
  tx.set([...DRAINS, archive.id], null);
}

export async function* retainedArchives(tx: Transaction) {
  for await (const [, value] of tx.range({ prefix: RETENTIONS })) yield value as unknown as ArchiveRecord;
}

export interface Archived extends ArchivedEvent {
  readonly id: string;
  /** The event's own time. */
  readonly timeMs: number;
}

export function writeArchived(tx: Transaction, archiveId: string, event: Archived): void {
  const { id, timeMs, ...record } = event;
  write(tx, eventKey(archiveId, timeMs, id), record);
  tx.set(expiryKey(archiveId, event.archivedMs, id), timeMs);
  tx.add(countKey(archiveId), 1n);
  tx.add(sizeKey(archiveId), BigInt(Buffer.byteLength(event.event)));
}

/** Events in the order of their times, within both bounds, those after the cursor. */
export async function* archivedEvents(
  tx: Transaction,
  replay: Pick<ReplayRecord, "archiveId" | "fromMs" | "toMs" | "cursor">,
  limit: number,
): AsyncGenerator<Archived> {
  const { archiveId, fromMs, toMs, cursor } = replay;
  const from = cursor ? { gt: eventKey(archiveId, ...cursor) } : { gte: eventKey(archiveId, fromMs) };
  const range = { prefix: eventKey(archiveId), ...from, lt: eventKey(archiveId, toMs, false) };
  for await (const [key, value] of tx.range(range, { limit })) {
    const [timeMs, id] = key.slice(-2);
    yield { ...(value as unknown as ArchivedEvent), timeMs: Number(timeMs), id: String(id) };
  }
}

/** When the oldest event was archived. */
export async function oldestArchivedMs(tx: Transaction, archiveId: string): Promise<number | undefined> {
  for await (const [key] of tx.range({ prefix: expiryKey(archiveId) }, { limit: 1 })) {
    return Number(key.at(-2));
  }
  return undefined;
}

/** Removes events that were archived until a moment, `limit` at most. */
export async function expireArchived(tx: Transaction, archiveId: string, untilMs: number, limit: number) {
  const range = { prefix: expiryKey(archiveId), lt: expiryKey(archiveId, untilMs, false) };
  for await (const [key, timeMs] of tx.range(range, { limit })) {
    const at = eventKey(archiveId, Number(timeMs), key.at(-1) ?? null);
    const record = await read<ArchivedEvent>(tx, at);
    tx.delete(key);
    tx.delete(at);
    if (!record) continue;
    tx.add(countKey(archiveId), -1n);
    tx.add(sizeKey(archiveId), -BigInt(Buffer.byteLength(record.event)));
  }
}

/** How many events an archive holds, and their bytes. */
export async function archiveTotals(tx: Transaction, archiveId: string) {
  const count = Number((await tx.get(countKey(archiveId))) ?? 0n);
  return { count, sizeBytes: Number((await tx.get(sizeKey(archiveId))) ?? 0n) };
}

/** Removes a piece of what a deleted archive left; false when nothing was left. */
export async function drainOnce(tx: Transaction, limit: number): Promise<boolean> {
  for await (const [marker] of tx.range({ prefix: DRAINS }, { limit: 1 })) {
    let removed = 0;
    for await (const [key] of tx.range({ prefix: archivedKey(String(marker.at(-1))) }, { limit })) {
      tx.delete(key);
      removed++;
    }
    if (removed < limit) tx.delete(marker);
    return true;
  }
  return false;
}

export const readReplay = (tx: Transaction, scope: Scope, name: string) =>
  read<ReplayRecord>(tx, replayKey(scope, name));
export const replaysOf = (tx: Transaction, scope: Scope, prefix: string, after?: string) =>
  listed<ReplayRecord>(tx, at(scope, "replay"), prefix, after);

const ENDED: ReadonlySet<string> = new Set(["COMPLETED", "CANCELLED", "FAILED"]);

export function writeReplay(tx: Transaction, replay: ReplayRecord): void {
  write(tx, replayKey(replay, replay.name), replay);
  if (ENDED.has(replay.state)) tx.delete(activeReplayKey(replay));
  else tx.set(activeReplayKey(replay), null);
}

/** Accounts, regions and names of the replays that have not ended. */
export async function activeReplays(tx: Transaction, scope?: Scope) {
  const prefix = scope ? [...REPLAYS, scope.account, scope.region] : REPLAYS;
  const found: (Scope & { readonly name: string })[] = [];
  for await (const [key] of tx.range({ prefix })) {
    const [account, region, name] = key.slice(REPLAYS.length).map(String);
    found.push({ account: account ?? "", region: region ?? "", name: name ?? "" });
  }
  return found;
}

/** Records that are listed by name and nothing else: connections, destinations, endpoints, sources. */
export function collection<Shape extends Scope & { readonly name: string }>(kind: string) {
  const keyOf = (scope: Scope, name: string): Key => at(scope, kind, name);
  return {
    get: (tx: Transaction, scope: Scope, name: string) => read<Shape>(tx, keyOf(scope, name)),
    put: (tx: Transaction, record: Shape) => write(tx, keyOf(record, record.name), record),
    remove: (tx: Transaction, record: Shape) => tx.delete(keyOf(record, record.name)),
    list: (tx: Transaction, scope: Scope, prefix: string, after?: string) =>
      listed<Shape>(tx, at(scope, kind), prefix, after),
  };
}
