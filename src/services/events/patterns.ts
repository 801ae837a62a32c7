import type * as sdk from "@aws-sdk/client-eventbridge";
import { type Pattern, parsePatternText } from "../../patterns/pattern.ts";
import { PatternError } from "../../patterns/pattern-error.ts";
import type { Handlers } from "../define.ts";
import { fault, invalid } from "./faults.ts";

/** What TestEventPattern asks of an event. */
const REQUIRED = ["id", "account", "source", "time", "region", "resources", "detail-type"];

export const patterns = {
  async TestEventPattern(input) {
    const event = readEvent(input.Event ?? "");
    return { Result: readPattern(input.EventPattern ?? "").matches(event) };
  },
} satisfies Handlers<typeof sdk>;

/** A pattern from its JSON text, or AWS's answer for one that is none. */
export function readPattern(text: string): Pattern {
  try {
    return parsePatternText(text, "events");
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw fault("InvalidEventPatternException", `Event pattern is not valid. Reason: ${error.message}`);
  }
}

function readEvent(text: string): unknown {
  try {
    const event: unknown = JSON.parse(text);
    if (typeof event === "object" && event !== null && REQUIRED.every((name) => name in event)) return event;
  } catch {
    // Told below.
  }
  throw invalid("Parameter Event is not valid.");
}
