import { eventId, type LogEvent, type Position, parseEventId } from "./event.ts";
import { invalid } from "./faults.ts";
import type { GroupName } from "./names.ts";

/** Where one event lies. */
export interface Pointer {
  readonly group: GroupName;
  readonly stream: string;
  readonly position: Position;
}

/** A text that leads back to an event, as results of queries carry it in `@ptr`. */
export function formatPointer({ account, region, name }: GroupName, event: LogEvent): string {
  const parts = [account, region, name, event.streamName, eventId(event)];
  return Buffer.from(JSON.stringify(parts)).toString("base64");
}

/** Throws InvalidParameterException for what is no pointer. */
export function parsePointer(text: string): Pointer {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, "base64").toString());
    if (Array.isArray(parts) && parts.every((part) => typeof part === "string")) {
      const [account = "", region = "", name = "", stream = "", id = ""] = parts as string[];
      const position = parseEventId(id);
      if (position) return { group: { account, region, name }, stream, position };
    }
  } catch {
    // It says so below.
  }
  throw invalid("The specified log record pointer is invalid.");
}
