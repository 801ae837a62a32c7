import type * as sdk from "@aws-sdk/client-eventbridge";
import { Fault } from "../../kernel/faults.ts";
import type { LogEntry } from "../log-target.ts";
import { readExactly, writeExactly } from "./exact-json.ts";

/**
 * What a log group is sent: the input with the event's time, or what a transformer's
 * `{"timestamp":<timestamp>,"message":<message>}` came to; its time is in milliseconds or in ISO 8601.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html#targets-specifics-cwl
 */
export function logOf({ InputTransformer }: sdk.Target, event: string, input: string): LogEntry {
  if (!InputTransformer) return { timeMs: Date.parse(JSON.parse(event).time), message: input };
  const { timestamp, message } = readExactly(input) as Record<string, unknown>;
  const timeMs = typeof timestamp === "number" ? timestamp : Date.parse(String(timestamp));
  if (Number.isNaN(timeMs) || message === undefined) {
    throw new Fault(
      "ValidationException",
      "The input template makes no timestamp and message of this event.",
    );
  }
  return { timeMs, message: typeof message === "string" ? message : writeExactly(message) };
}
