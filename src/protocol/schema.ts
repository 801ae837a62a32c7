import { NormalizedSchema, translateTraits } from "@smithy/core/schema";

/** What a schema says a value is. How the SDK encodes schemas is known in this file alone. */
export type Kind =
  | "bigDecimal"
  | "bigInteger"
  | "blob"
  | "boolean"
  | "document"
  | "list"
  | "map"
  | "number"
  | "string"
  | "structure"
  | "timestamp"
  | "union"
  | "unit";

export type TimestampFormat = "date-time" | "http-date" | "epoch-seconds";

export interface Member {
  readonly name: string;
  readonly schema: NormalizedSchema;
  readonly traits: Traits;
  /** Required members come first in the SDK's structures, with their count beside them. */
  readonly required: boolean;
}

/** The traits that decide about the wire. Markers are 1. */
export interface Traits {
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpQuery?: string;
  readonly httpQueryParams?: 1;
  readonly httpPayload?: 1;
  readonly httpLabel?: 1;
  readonly httpResponseCode?: 1;
  readonly jsonName?: string;
  readonly xmlName?: string;
  readonly xmlFlattened?: 1;
  readonly xmlAttribute?: 1;
  /** `[prefix, uri]`, or `[undefined, uri]` for a default namespace. */
  readonly xmlNamespace?: readonly [string | undefined, string];
  readonly mediaType?: string;
  readonly sparse?: 1;
  readonly streaming?: 1;
  readonly eventHeader?: 1;
  readonly eventPayload?: 1;
  readonly httpError?: number;
  readonly awsQueryError?: readonly [string, number];
  readonly error?: "client" | "server";
}

const STRUCTURE = 3;

const SIMPLE: Readonly<Record<number, Kind>> = {
  0: "string",
  1: "number",
  2: "boolean",
  4: "timestamp",
  5: "timestamp",
  6: "timestamp",
  7: "timestamp",
  15: "document",
  17: "bigInteger",
  19: "bigDecimal",
  21: "blob",
  42: "blob",
};

/** The kind of a value. */
export function kindOf(schema: NormalizedSchema): Kind {
  const raw: unknown = schema.getSchema();
  if (typeof raw === "number") {
    if (raw >= 128) return "map";
    return raw >= 64 ? "list" : (SIMPLE[raw] ?? "unit");
  }
  if (!Array.isArray(raw)) return "unit";
  if (raw[0] === 1) return "list";
  if (raw[0] === 2) return "map";
  return raw[0] === 4 ? "union" : "structure";
}

export function timestampFormat(schema: NormalizedSchema, fallback: TimestampFormat): TimestampFormat {
  const raw: unknown = schema.getSchema();
  if (raw === 5) return "date-time";
  if (raw === 6) return "http-date";
  return raw === 7 ? "epoch-seconds" : fallback;
}

/** The value's own traits and, over them, those of the member it stands in. */
export function traitsOf(schema: NormalizedSchema): Traits {
  return schema.getMergedTraits() as Traits;
}

/** Only the traits that were put on the member: the name of an XML element is not its target's name. */
export function memberTraitsOf(schema: NormalizedSchema): Traits {
  return schema.getMemberTraits() as Traits;
}

/** The members of a structure or union in the model's order. */
export function membersOf(schema: NormalizedSchema): Member[] {
  const kind = kindOf(schema);
  if (kind !== "structure" && kind !== "union") return [];
  const raw = schema.getSchema() as readonly unknown[];
  const required = typeof raw[6] === "number" ? raw[6] : 0;
  const members: Member[] = [];
  for (const [name, member] of schema.structIterator()) {
    members.push({ name, schema: member, traits: traitsOf(member), required: members.length < required });
  }
  return members;
}

/**
 * The HTTP bindings of a structure's required members, read from the raw schema: a router needs those
 * of every operation at once, and resolving them all would take longer than starting.
 */
export function requiredBindingsOf(reference: unknown): Pick<Member, "name" | "traits">[] {
  let raw: unknown = reference;
  while (typeof raw === "function") raw = raw();
  if (!Array.isArray(raw) || raw[0] !== STRUCTURE) return [];
  const [, , , , names, targets, required] = raw as [3, "", "", 0, string[], unknown[], number | undefined];
  return names.slice(0, required ?? 0).map((name, index) => {
    const target = targets[index];
    const traits: unknown = Array.isArray(target) && target.length === 2 ? target[1] : 0;
    return { name, traits: translateTraits(traits as number) as Traits };
  });
}

/** A structure's, list's or map's identity, to compile it once even where it contains itself. */
export function identityOf(schema: NormalizedSchema): object | undefined {
  const raw: unknown = schema.getSchema();
  return typeof raw === "object" && raw !== null ? raw : undefined;
}

/** The shape's name: `PutObjectRequest`. */
export function nameOf(schema: NormalizedSchema): string {
  return schema.getName() ?? "";
}

/** Reads whatever an SDK package names as a schema. */
export function schemaOf(reference: unknown): NormalizedSchema {
  return NormalizedSchema.of(reference as Parameters<typeof NormalizedSchema.of>[0]);
}
