import { inspect } from "node:util";
import type { Exchange } from "./exchange.ts";

/** The fields that steps fill in. The rest is the same for all requests, or the connection's. */
const FIELDS = [
  "path",
  "query",
  "host",
  "corsHeaders",
  "signature",
  "serviceName",
  "family",
  "operationName",
  "scope",
  "identity",
  "requestId",
  "trace",
  "spanId",
  "admitted",
  "input",
  "output",
  "fault",
  "response",
] as const satisfies readonly (keyof Exchange)[];

export type Snapshot = ReadonlyMap<string, string>;

export function snapshot(x: Exchange): Snapshot {
  const values = new Map<string, string>();
  for (const name of FIELDS) values.set(name, show(x[name]));
  return values;
}

/** `: path=/ requestId=…`, or that nothing changed. */
export function describeChanges(before: Snapshot, after: Snapshot): string {
  let text = "";
  for (const [name, value] of after) {
    if (before.get(name) !== value) text += ` ${name}=${value}`;
  }
  return text === "" ? ": nothing changed" : `:${text}`;
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const text =
    typeof value === "string"
      ? value
      : inspect(value, { depth: 2, breakLength: Infinity, maxStringLength: 200 });
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
