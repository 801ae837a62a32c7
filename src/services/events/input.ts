import type * as sdk from "@aws-sdk/client-eventbridge";
import { Fault } from "../../kernel/faults.ts";
import { detailOf, isoSeconds } from "./event.ts";
import { Raw, readExactly, writeExactly } from "./exact-json.ts";
import { parsePath, valueAt } from "./json-path.ts";
import { type RuleName, ruleArn } from "./names.ts";
import { fill, parseTemplate } from "./template.ts";

/** Names that a template may use without a path of its own. */
export const PREDEFINED: ReadonlySet<string> = new Set([
  "aws.events.rule-arn",
  "aws.events.rule-name",
  "aws.events.event",
  "aws.events.event.json",
  "aws.events.event.ingestion-time",
]);

export interface Occasion {
  readonly rule: RuleName;
  /** JSON text. */
  readonly event: string;
  /** When the bus took the event. */
  readonly acceptedMs: number;
}

type Shaping = Pick<sdk.Target, "Input" | "InputPath" | "InputTransformer">;

/** What a target is sent: the event, or what its configuration makes of it. */
export function inputOf(target: Shaping, occasion: Occasion): string {
  try {
    return shaped(target, occasion);
  } catch (error) {
    // JSON is read to any depth, but not written.
    if (!(error instanceof RangeError)) throw error;
    throw new Fault("InvalidJson", "The event is nested too deeply.");
  }
}

function shaped(target: Shaping, occasion: Occasion): string {
  const { Input, InputPath, InputTransformer } = target;
  if (Input !== undefined) return Input;
  if (InputPath !== undefined) {
    const found = lookUp(occasion.event, undefined, InputPath);
    return writeExactly(found ?? null);
  }
  return InputTransformer === undefined ? occasion.event : transformed(InputTransformer, occasion);
}

/** What lies at a path; the event and its detail as they came, digit for digit. */
function lookUp(text: string, event: unknown, path: string): unknown {
  if (path === "$") return new Raw(text);
  if (path === "$.detail") return new Raw(detailOf(text));
  return atPath(event ?? readExactly(text), path);
}

/** Undefined where nothing lies at the path. */
export function atPath(event: unknown, path: string): unknown {
  const steps = parsePath(path);
  return steps && valueAt(event, steps);
}

function transformed(transformer: sdk.InputTransformer, occasion: Occasion): string {
  const { InputPathsMap = {}, InputTemplate = "" } = transformer;
  const event = readExactly(occasion.event);
  const template = parseTemplate(InputTemplate);
  const text = fill(template, (name) =>
    PREDEFINED.has(name)
      ? predefined(name, occasion, event)
      : lookUp(occasion.event, event, InputPathsMap[name] ?? ""),
  );
  if (template.kind === "json" && !isJson(text)) {
    throw new Fault("InvalidJson", "The input template does not make valid JSON of this event.");
  }
  return text;
}

function predefined(name: string, { rule, event: text, acceptedMs }: Occasion, event: unknown): unknown {
  switch (name) {
    case "aws.events.rule-arn":
      return ruleArn(rule);
    case "aws.events.rule-name":
      return rule.name;
    case "aws.events.event.ingestion-time":
      return isoSeconds(acceptedMs);
    case "aws.events.event.json":
      return new Raw(text);
    default: {
      // Without its detail, and with one name spelt otherwise.
      const { detail: _, "detail-type": detailType, ...rest } = event as Record<string, unknown>;
      return { ...rest, detailType };
    }
  }
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
