import type { Scope } from "../../../kernel/scope.ts";

/** What a replica knows of its global table. */
export interface GroupRecord {
  readonly version: GroupVersion;
  /** STRONG: a write reaches all replicas in one transaction; EVENTUAL: it follows a moment later. */
  readonly consistency: "EVENTUAL" | "STRONG";
  /** The other replicas. */
  readonly others: readonly MemberRecord[];
  /** Whose each region's replica is, where they are of several accounts. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** The region that only keeps count of what was written; of strong groups. */
  readonly witness?: string;
  readonly createdMs: number;
  /** When another replica was last filled from this one. */
  readonly sourceMs?: number;
}

/** 2017.11.29: replicas are tables that were there, and items tell when and where they were written. */
export type GroupVersion = "2019.11.21" | "2017.11.29";

export interface MemberRecord {
  readonly region: string;
  /** creating: the items that were there before it are still being copied. */
  readonly state: "creating" | "active";
}

/** What a replica has of its own, where others have what the group has. */
export interface OverridesRecord {
  readonly read?: number;
  readonly maxRead?: number;
  readonly tableClass?: true;
  readonly encryption?: true;
  readonly indexes?: readonly IndexOverride[];
}

export interface IndexOverride {
  readonly name: string;
  readonly read?: number;
  readonly maxRead?: number;
}

/** A region whose replica is new, and the one that it is made from. */
export interface Copy {
  readonly account: string;
  readonly region: string;
  readonly table: string;
  readonly replica: string;
  /** Of the new replica, where it is another's. */
  readonly replicaAccount?: string;
}

/** Where the replica of a region lies. */
export function scopeOfReplica(
  { account, group }: { readonly account: string; readonly group?: GroupRecord },
  region: string,
): Scope {
  return { account: group?.accounts?.[region] ?? account, region };
}

/** The group as its other members see it once a member is there, or has changed its state. */
export function withMember(group: GroupRecord, member: MemberRecord): GroupRecord {
  const others = group.others.filter(({ region }) => region !== member.region);
  return { ...group, others: [...others, member] };
}

/** The group without a member; undefined when no other is left. */
export function withoutMember(group: GroupRecord, region: string): GroupRecord | undefined {
  const others = group.others.filter((other) => other.region !== region);
  return others.length === 0 ? undefined : { ...group, others };
}

/** Regions of one strong group lie near each other: these go together. */
const REGION_SETS = [
  ["us-east-1", "us-east-2", "us-west-2"],
  ["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"],
  ["ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
];

export function areNear(regions: readonly string[]): boolean {
  return REGION_SETS.some((set) => regions.every((region) => set.includes(region)));
}
