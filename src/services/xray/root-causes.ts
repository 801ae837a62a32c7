// What a trace's faults, errors and slowness began with: the way from its root to there. Pure.
import { isDeepStrictEqual } from "node:util";
import type * as sdk from "@aws-sdk/client-xray";
import { type Members, membersOf } from "./documents.ts";
import { partsOf } from "./embedding.ts";
import { nodeOf } from "./inferring.ts";
import type { Segment } from "./segment.ts";

const KINDS = ["fault", "error", "responsetime"] as const;
export type CauseKind = (typeof KINDS)[number];

export const isCauseKind = (text: string): text is CauseKind => (KINDS as readonly string[]).includes(text);

/** A way from the root: services, and within each what led to the next. */
export interface RootCause {
  readonly services: readonly CauseService[];
  /** The root failed too. */
  readonly isClientImpacting: boolean;
}

export interface CauseService {
  readonly name: string;
  readonly kind: string;
  readonly isInferred: boolean;
  readonly entities: readonly CauseEntity[];
}

export interface CauseEntity {
  readonly name: string;
  readonly isRemote: boolean;
  /** Its share of the root's time. */
  readonly coverage: number;
  readonly exceptions: readonly { readonly name: string; readonly message: string }[];
}

export type RootCauses = Readonly<Record<CauseKind, readonly RootCause[]>>;

/** A segment or a subsegment, with what lies in it and what followed from it. */
interface Part {
  readonly members: Members;
  /** Of a segment: the service that it is of. */
  readonly segment: Segment | undefined;
  readonly children: readonly Part[];
}

const MOST = 5;
/** The way of a slow trace goes on where this share of what is on it lies. */
const LARGE = 0.5;

export function rootCausesOf(segments: readonly Segment[]): RootCauses {
  const roots = treesOf(segments);
  const root = roots.toSorted((one, other) => startOf(one) - startOf(other))[0];
  if (!root) return { fault: [], error: [], responsetime: [] };
  const failed = (flag: "fault" | "error") =>
    roots
      .flatMap((each) => origins(each, flag, []))
      .slice(0, MOST)
      .map((path) => causeOf(path, root, root.members[flag] === true));
  return {
    fault: failed("fault"),
    error: failed("error"),
    responsetime: [causeOf(slowest(root), root, true)],
  };
}

function treesOf(segments: readonly Segment[]): Part[] {
  const byParent = new Map<string, Segment[]>();
  const known = new Set(segments.flatMap((segment) => [segment.id, ...idsIn(segment)]));
  for (const segment of segments) {
    const parent = segment.parent_id;
    if (parent === undefined) continue;
    const siblings = byParent.get(parent);
    if (siblings) siblings.push(segment);
    else byParent.set(parent, [segment]);
  }
  const seen = new Set<string>();
  const grow = (members: Members, segment?: Segment): Part => {
    const following = (byParent.get(String(members.id)) ?? []).filter(({ id }) => !seen.has(id));
    for (const { id } of following) seen.add(id);
    const children = [
      ...partsOf(members).map((part) => grow(part)),
      ...following.map((one) => grow(one, one)),
    ];
    return { members, segment, children };
  };
  const isRoot = ({ parent_id: parent }: Segment) => parent === undefined || !known.has(parent);
  return segments.filter(isRoot).map((segment) => grow(segment, segment));
}

const idsIn = (members: Members): string[] =>
  partsOf(members).flatMap((part) => [String(part.id), ...idsIn(part)]);

/** The ways to what failed by itself, and not because of what lies in it. */
function origins(part: Part, flag: "fault" | "error", before: readonly Part[]): Part[][] {
  const path = [...before, part];
  const within = part.children.flatMap((child) => origins(child, flag, path));
  if (within.length > 0) return within;
  return part.members[flag] === true ? [path] : [];
}

function slowest(root: Part): Part[] {
  const path = [root];
  for (let at: Part | undefined = root; at; ) {
    const lasted = durationOf(at);
    at = at.children.toSorted((one, other) => durationOf(other) - durationOf(one))[0];
    if (!at || durationOf(at) < lasted * LARGE) break;
    path.push(at);
  }
  return path;
}

function causeOf(path: readonly Part[], root: Part, isClientImpacting: boolean): RootCause {
  const services: { name: string; kind: string; isInferred: boolean; entities: CauseEntity[] }[] = [];
  for (const part of path) {
    if (part.segment) {
      const { name, kind } = nodeOf(part.segment);
      services.push({ name, kind, isInferred: part.segment.inferred === true, entities: [] });
    }
    services.at(-1)?.entities.push(entityOf(part, durationOf(root)));
  }
  return { services, isClientImpacting };
}

function entityOf(part: Part, wholeMs: number): CauseEntity {
  const { members } = part;
  const { exceptions } = membersOf(members.cause);
  return {
    name: String(members.name),
    isRemote: members.namespace === "remote" || members.namespace === "aws",
    coverage: wholeMs > 0 ? Math.min(1, Math.round((durationOf(part) / wholeMs) * 100) / 100) : 1,
    exceptions: (Array.isArray(exceptions) ? exceptions.map(membersOf) : []).map((each) => ({
      name: String(each.type ?? ""),
      message: String(each.message ?? ""),
    })),
  };
}

const startOf = ({ members }: Part) => Number(members.start_time);
const durationOf = ({ members }: Part) =>
  Math.max(0, Number(members.end_time ?? members.start_time) - Number(members.start_time)) * 1000;

/** A cause as an expression writes it: of each service its name, and of what led on within it. */
export interface Shape {
  readonly services: readonly { readonly name: unknown; readonly entities: readonly unknown[] | undefined }[];
}

/** Undefined for what is no list of causes. */
export function shapesOf(json: string): readonly Shape[] | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    if (!Array.isArray(parsed) || parsed.some((each) => typeof each !== "object")) return undefined;
    return parsed.map((each) => ({
      services: (listIn(membersOf(each).Services) ?? []).map(({ Name, EntityPath }) => ({
        name: Name,
        entities: listIn(EntityPath)?.map((entity) => entity.Name),
      })),
    }));
  } catch {
    return undefined;
  }
}

const listIn = (value: unknown): Members[] | undefined =>
  Array.isArray(value) ? value.map(membersOf) : undefined;

export function matchesCause(cause: RootCause, shape: Shape): boolean {
  return (
    shape.services.length === cause.services.length &&
    shape.services.every(({ name, entities }, at) => {
      const service = cause.services[at];
      if (name !== service?.name) return false;
      const names = service?.entities.map((entity) => entity.name);
      return entities === undefined || isDeepStrictEqual(entities, names);
    })
  );
}

/** As GetTraceSummaries answers. */
export function describeCauses(causes: RootCauses, account: string) {
  const failed = (entity: CauseEntity) => ({
    ...describeEntity(entity),
    Exceptions: entity.exceptions.map(({ name, message }) => ({ Name: name, Message: message })),
  });
  const slow = (entity: CauseEntity) => ({ ...describeEntity(entity), Coverage: entity.coverage });
  return {
    FaultRootCauses: describe(causes.fault, account, failed) satisfies sdk.FaultRootCause[],
    ErrorRootCauses: describe(causes.error, account, failed) satisfies sdk.ErrorRootCause[],
    ResponseTimeRootCauses: describe(
      causes.responsetime,
      account,
      slow,
    ) satisfies sdk.ResponseTimeRootCause[],
  };
}

const describeEntity = ({ name, isRemote }: CauseEntity) => ({ Name: name, Remote: isRemote });

const describe = <Entity>(
  causes: readonly RootCause[],
  account: string,
  entityOf: (entity: CauseEntity) => Entity,
) =>
  causes.map(({ services, isClientImpacting }) => ({
    Services: services.map(({ name, kind, isInferred, entities }) => ({
      Name: name,
      Names: [name],
      Type: kind,
      AccountId: account,
      Inferred: isInferred,
      EntityPath: entities.map(entityOf),
    })),
    ClientImpacting: isClientImpacting,
  }));
