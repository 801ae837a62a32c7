import type * as sdk from "@aws-sdk/client-eventbridge";
import { invalid } from "./faults.ts";

const MOST_ENTRIES = 10;
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
const MOST_BYTES = 1_048_576;
const TIME_BYTES = 14;

export interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** Refuses what PutEvents refuses as a whole. */
export function checkEntries(entries: readonly sdk.PutEventsRequestEntry[]): void {
  if (entries.length > MOST_ENTRIES || entries.length === 0) {
    const wording = entries.length === 0 ? "greater than or equal to 1" : "less than or equal to 10";
    throw invalid(
      `1 validation error detected: Value '[${entries.map(shown).join(", ")}]' at 'entries' ` +
        `failed to satisfy constraint: Member must have length ${wording}`,
    );
  }
  const sizeBytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (sizeBytes > MOST_BYTES) throw invalid("Total size of the entries in the request is over the limit.");
}

/** An entry as AWS's service prints it. */
function shown({ Time, Source, Resources, DetailType, Detail, EventBusName, TraceHeader }: Entry): string {
  const members = {
    time: Time?.toISOString(),
    source: Source,
    resources: Resources && `[${Resources.join(", ")}]`,
    detailType: DetailType,
    detail: Detail,
    eventBusName: EventBusName,
    traceHeader: TraceHeader,
    kmsKeyIdentifier: undefined,
    internalMetadata: undefined,
  };
  const texts = Object.entries(members).map(([name, value]) => `${name}=${value ?? null}`);
  return `PutEventsRequestEntry(${texts.join(", ")})`;
}

type Entry = sdk.PutEventsRequestEntry;

function sizeOf({ Time, Source = "", DetailType = "", Detail = "", Resources = [] }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time ? TIME_BYTES : 0);
}

/** What is wrong with one entry, in AWS's order and words; the detail, read, when nothing is. */
export function readEntry(entry: Entry, byService: boolean): { detail: object } | EntryError {
  for (const name of ["Source", "DetailType", "Detail"] as const) {
    if (entry[name]) continue;
    return error(
      "InvalidArgument",
      `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    );
  }
  const detail = readDetail(entry.Detail ?? "");
  if (!detail) return error("MalformedDetail", "Detail is malformed.");
  if (!byService && entry.Source?.startsWith("aws.")) {
    return error("NotAuthorizedForSourceException", "Not authorized for the source.");
  }
  return { detail };
}

const error = (ErrorCode: string, ErrorMessage: string): EntryError => ({ ErrorCode, ErrorMessage });

function readDetail(text: string): object | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === "object" && detail !== null && !Array.isArray(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}
