import { invalid } from "./faults.ts";

/** A field whose values are indexed. */
export interface FieldIndex {
  readonly name: string;
  readonly type: "FIELD_INDEX" | "FACET";
}

/** What the fields of a group's events are indexed by. */
export interface IndexPolicy {
  readonly document: string;
  readonly updatedMs: number;
  /** Fields that were indexed once. */
  readonly former: readonly FieldIndex[];
}

/** Fields that every group of class STANDARD is indexed by. */
export const DEFAULT_INDEXES = ["@logStream", "@aws.region", "@aws.account", "@source.log", "traceId"];
const MOST_FIELDS = 20;
const LONGEST_NAME = 100;
const TYPES = ["FIELD_INDEX", "FACET"];
/** Of those that are found by themselves, these can be indexed. */
const GENERATED = [
  ...["@logStream", "@ingestionTime", "@requestId", "@type", "@initDuration", "@duration"],
  ...["@billedDuration", "@memorySize", "@maxMemoryUsed", "@xrayTraceId", "@xraySegmentId"],
  ...["@aws.region", "@aws.account", "@source.log"],
];

/**
 * The indexes that a policy document says; throws InvalidParameterException.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs-Field-Indexing-Syntax.html
 */
export function indexesIn(document: string): FieldIndex[] {
  const { Fields: plain = [], FieldsV2: typed = {} } = read(document);
  if (!Array.isArray(plain) || !plain.every((name) => typeof name === "string")) {
    throw invalid("Fields of an index policy document is a list of field names.");
  }
  if (typeof typed !== "object" || typed === null || Array.isArray(typed)) {
    throw invalid("FieldsV2 of an index policy document has field names, each with its type.");
  }
  const indexes = [
    ...plain.map((name: string): FieldIndex => ({ name, type: "FIELD_INDEX" })),
    ...Object.entries(typed).map(([name, rule]): FieldIndex => ({ name, type: typeOf(rule) })),
  ];
  const names = new Set(indexes.map(({ name }) => name));
  if (names.size === 0) throw invalid("An index policy document needs at least one field.");
  if (names.size > MOST_FIELDS) throw invalid(`An index policy document has at most ${MOST_FIELDS} fields.`);
  if (names.size < indexes.length) throw invalid("Every field of an index policy document is named once.");
  for (const name of names) checkName(name);
  return indexes;
}

function read(document: string): { readonly Fields?: unknown; readonly FieldsV2?: unknown } {
  try {
    const found: unknown = JSON.parse(document);
    if (typeof found === "object" && found !== null && !Array.isArray(found)) return found;
  } catch {
    // It says so below.
  }
  throw invalid("The policy document is not valid JSON.");
}

function typeOf(rule: unknown): FieldIndex["type"] {
  const type = (rule as { readonly type?: unknown } | null)?.type ?? "FIELD_INDEX";
  if (!TYPES.includes(type as string)) throw invalid(`The type of a field is one of ${TYPES.join(", ")}.`);
  return type as FieldIndex["type"];
}

function checkName(name: string): void {
  if (name === "" || name.length > LONGEST_NAME) {
    throw invalid(`The name of an indexed field has 1 to ${LONGEST_NAME} characters.`);
  }
  if (name.startsWith("@") && !name.startsWith("@@") && !GENERATED.includes(name)) {
    throw invalid(`The field ${name} cannot be indexed.`);
  }
}

/** Whether a group's events are indexed by a field. */
export function isIndexed(
  group: { readonly class: string; readonly indexPolicy?: IndexPolicy },
  field: string,
) {
  if (group.class !== "STANDARD") return false;
  if (DEFAULT_INDEXES.includes(field)) return true;
  const { indexPolicy } = group;
  return indexPolicy !== undefined && indexesIn(indexPolicy.document).some(({ name }) => name === field);
}
