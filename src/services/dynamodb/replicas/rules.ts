import type { ReplicationGroupUpdate, UpdateTableCommandInput } from "@aws-sdk/client-dynamodb";
import type { TableRecord, Totals } from "../records.ts";
import { wrongParameter } from "../tables/rules.ts";
import { invalid } from "../values/value.ts";
import { areNear } from "./group.ts";

const REGION = /^[a-z]{2,3}(-[a-z]+){1,2}-\d{1,2}$/;
/** A strong group has three members, one of which may be a witness. */
const STRONG_MEMBERS = 3;

/** What an update asks for, with its regions checked. */
export interface GroupChange {
  readonly creates: readonly NonNullable<ReplicationGroupUpdate["Create"]>[];
  readonly updates: readonly NonNullable<ReplicationGroupUpdate["Update"]>[];
  readonly deletes: readonly string[];
  readonly witness?: { readonly create?: string; readonly delete?: string };
  readonly isStrong: boolean;
}

/** Reads replica updates as far as that goes without their table. Faults: ValidationException. */
export function groupChangeOf(input: UpdateTableCommandInput, ownRegion: string): GroupChange | undefined {
  const { ReplicaUpdates = [], GlobalTableWitnessUpdates = [], MultiRegionConsistency } = input;
  if (ReplicaUpdates.length === 0 && GlobalTableWitnessUpdates.length === 0) {
    if (MultiRegionConsistency === undefined) return undefined;
    throw invalid("MultiRegionConsistency can only be specified when a replica is created");
  }
  for (const update of [...ReplicaUpdates, ...GlobalTableWitnessUpdates]) {
    if (Object.values(update).filter((one) => one !== undefined).length !== 1) {
      throw wrongParameter("Exactly one of Create, Update and Delete must be specified in a replica update");
    }
  }
  const creates = ReplicaUpdates.flatMap(({ Create }) => (Create ? [Create] : []));
  const updates = ReplicaUpdates.flatMap(({ Update }) => (Update ? [Update] : []));
  const deletes = ReplicaUpdates.flatMap(({ Delete }) => (Delete ? [Delete.RegionName ?? ""] : []));
  const [witnessed] = GlobalTableWitnessUpdates;
  const create = witnessed?.Create?.RegionName;
  const gone = witnessed?.Delete?.RegionName;
  const regions = [...creates, ...updates].map(({ RegionName = "" }) => RegionName).concat(deletes);
  checkRegions([...regions, ...(create === undefined ? [] : [create])], ownRegion);
  if (MultiRegionConsistency !== undefined && creates.length === 0) {
    throw invalid("MultiRegionConsistency can only be specified when a replica is created");
  }
  return {
    creates,
    updates,
    deletes,
    ...(witnessed ? { witness: { ...(create ? { create } : {}), ...(gone ? { delete: gone } : {}) } } : {}),
    isStrong: MultiRegionConsistency === "STRONG",
  };
}

function checkRegions(regions: readonly string[], ownRegion: string): void {
  if (regions.includes(ownRegion)) {
    throw invalid(
      "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, " +
        "DeleteTable, or UpdateTable as required.",
    );
  }
  const unknown = regions.find((region) => !REGION.test(region));
  if (unknown !== undefined) throw wrongParameter(`Region ${unknown} is not supported`);
  const twice = regions.find((region, at) => regions.indexOf(region) !== at);
  if (twice !== undefined) {
    throw wrongParameter(`Only one replica update is allowed per region. Region: ${twice}`);
  }
}

/**
 * Whether a table may have the replicas that it is to get. `scaled` names its places ("" and indexes) whose
 * writes are scaled automatically. Faults: ValidationException.
 */
export function checkCreates(
  record: TableRecord,
  change: GroupChange,
  scaled: ReadonlySet<string>,
  totals: Totals,
): void {
  if (change.creates.length === 0) return;
  checkScaled(record, scaled);
  const { stream } = record;
  if (stream?.enabled && stream.view !== "NEW_AND_OLD_IMAGES" && !change.isStrong) {
    throw wrongParameter("A replica requires a stream with the view type NEW_AND_OLD_IMAGES");
  }
  if (change.isStrong) {
    checkStrong(record, change, totals);
    return;
  }
  if (record.group?.consistency === "STRONG") {
    throw invalid("Replicas cannot be added to a global table with multi-Region strong consistency");
  }
  if (change.witness) {
    throw invalid("A witness can only be added to a global table with multi-Region strong consistency");
  }
  if (change.creates.length > 1) {
    throw invalid("Only one replica can be created or deleted in an UpdateTable operation");
  }
}

function checkScaled({ billing, globals }: TableRecord, scaled: ReadonlySet<string>): void {
  if (billing.mode === "PAY_PER_REQUEST") return;
  if (!scaled.has("")) throw invalid("Table write capacity should either be Pay-Per-Request or AutoScaled.");
  const fixed = globals.find(({ name }) => !scaled.has(name));
  if (fixed) {
    throw invalid(`Index: ${fixed.name} write capacity should either be Pay-Per-Request or AutoScaled.`);
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/multi-region-strong-consistency-gt.html */
function checkStrong(record: TableRecord, { creates, witness }: GroupChange, { items }: Totals): void {
  const say = (problem: string) => invalid(`Multi-Region strong consistency ${problem}`);
  if (record.group) throw say("can only be configured when a table gets its first replicas");
  if (items > 0) throw say("requires an empty table");
  if (record.locals.length > 0) throw say("does not support local secondary indexes");
  if (record.expiry?.enabled) throw say("does not support Time to Live");
  const regions = [record.region, ...creates.map(({ RegionName = "" }) => RegionName)];
  if (witness?.create !== undefined) regions.push(witness.create);
  if (regions.length !== STRONG_MEMBERS) {
    throw say("requires three replicas, or two replicas and a witness");
  }
  if (!areNear(regions)) throw say("requires all Regions to be within the same Region set");
}

/** Faults: ValidationException for replicas that are not there, and for a strong group that would limp. */
export function checkMembers(record: TableRecord, { updates, deletes, witness }: GroupChange): void {
  const others = record.group?.others.map(({ region }) => region) ?? [];
  const named = [...updates.map(({ RegionName = "" }) => RegionName), ...deletes];
  const isWitness = witness?.delete === undefined || witness.delete === record.group?.witness;
  if (named.some((region) => !others.includes(region)) || !isWitness) {
    throw invalid(
      "Replica specified in the Replica Update or Replica Delete action of the request was not found.",
    );
  }
  if (deletes.length === 0 && witness?.delete === undefined) return;
  if (record.group?.consistency !== "STRONG") {
    if (deletes.length > 1) {
      throw invalid("Only one replica can be created or deleted in an UpdateTable operation");
    }
    return;
  }
  const isWhole = deletes.length === others.length && witness?.delete === record.group.witness;
  if (isWhole) return;
  throw invalid(
    "All other replicas and the witness of a global table with multi-Region strong consistency must be " +
      "deleted together",
  );
}
