import { lineFields } from "./flow-logs.ts";
import type { SourceEvent } from "./source.ts";
import type { Value } from "./values.ts";

/** What is found in an event without being asked for. */
export interface Discovered {
  /** Of what AWS's services write. */
  readonly fields: Readonly<Record<string, Value>>;
  /** The event's JSON. */
  readonly document: object | undefined;
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
const PLATFORM = /^(START|END|REPORT) RequestId: ([\w-]+)/;
const APPLICATION = /^\S+\t([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\t/;
const FIGURES: readonly (readonly [string, RegExp, number])[] = [
  ["@duration", /\tDuration: ([\d.]+) ms/, 1],
  ["@billedDuration", /\tBilled Duration: ([\d.]+) ms/, 1],
  ["@initDuration", /\tInit Duration: ([\d.]+) ms/, 1],
  ["@memorySize", /\tMemory Size: ([\d.]+) MB/, 1e6],
  ["@maxMemoryUsed", /\tMax Memory Used: ([\d.]+) MB/, 1e6],
];
const TRACE = /XRAY TraceId: (\S+)(?:\s+SegmentId: (\S+))?/;
const MOST_FIELDS = 1_000;
const DEEPEST = 100;

export function discover({ event, log }: SourceEvent): Discovered {
  const isLambda = event.isLine || log.includes(":/aws/lambda/");
  const { message } = event;
  const fields = isLambda ? { ...lambdaFields(message), ...entityFields(log) } : lineFields(message);
  return { fields, document: documentIn(message, isLambda) };
}

/** What a function's group is of, as AWS shows it. */
function entityFields(log: string): Record<string, Value> {
  const [, name] = /:\/aws\/lambda\/(.+)$/.exec(log) ?? [];
  if (name === undefined) return {};
  return {
    "@entity.KeyAttributes.Type": "Service",
    "@entity.KeyAttributes.Name": name,
    "@entity.Attributes.PlatformType": "AWS::Lambda",
    "@entity.Attributes.Lambda.Function": name,
  };
}

function lambdaFields(message: string): Record<string, Value> {
  const fields: Record<string, Value> = {};
  const [, type, requestId] = PLATFORM.exec(message) ?? [];
  if (type === undefined) {
    const [, id] = APPLICATION.exec(message) ?? [];
    if (id !== undefined) fields["@requestId"] = id;
    return fields;
  }
  fields["@type"] = type;
  fields["@requestId"] = requestId;
  if (type !== "REPORT") return fields;
  for (const [name, expression, factor] of FIGURES) {
    const text = expression.exec(message)?.[1];
    if (text !== undefined) fields[name] = javaDouble(Number(text) * factor);
  }
  const [, traceId, segmentId] = TRACE.exec(message) ?? [];
  if (traceId !== undefined) fields["@xrayTraceId"] = traceId;
  if (segmentId !== undefined) fields["@xraySegmentId"] = segmentId;
  return fields;
}

/** As AWS shows these figures: `15.0`, `1.28E8`. */
function javaDouble(value: number): string {
  if (Math.abs(value) < 1e7) return Number.isInteger(value) ? value.toFixed(1) : String(value);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const digits = value / 10 ** exponent;
  return `${Number.isInteger(digits) ? digits.toFixed(1) : digits}E${exponent}`;
}

/** The JSON that a message is; of a function's line also the first that it holds. */
function documentIn(message: string, isLambda: boolean): object | undefined {
  const whole = /^\s*[{[]/.test(message);
  if (!whole && !isLambda) return undefined;
  const start = whole ? 0 : message.indexOf("{");
  if (start < 0) return undefined;
  const text = message.slice(start);
  return parseObject(text) ?? (isLambda ? parseObject(text.slice(0, endOfObject(text))) : undefined);
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Where the object that a text begins with ends. */
function endOfObject(text: string): number {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inText) {
      if (character === "\\") at++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return 0;
}

/** All that is found, by name: members of JSON by their paths. */
export function flatten({ fields, document }: Discovered): [string, Value][] {
  const found: [string, Value][] = Object.entries(fields);
  const walk = (value: unknown, path: string, depth = 0) => {
    if (found.length >= MOST_FIELDS || depth > DEEPEST || value === null || value === undefined) return;
    if (typeof value !== "object") found.push([path.startsWith("@") ? `@${path}` : path, value as Value]);
    else
      for (const [name, inner] of Object.entries(value))
        walk(inner, path === "" ? name : `${path}.${name}`, depth + 1);
  };
  if (document) walk(document, "");
  return found;
}
