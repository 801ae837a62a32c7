import type { Endpoint } from "../projects/endpoints.ts";
import type { Ended, Step } from "../projects/progress.ts";
import { kindOf } from "./kinds.ts";
import { type Palette, printable, widthOf } from "./terminal.ts";

const DONE: Readonly<Record<string, string>> = {
  CREATE_COMPLETE: "created",
  UPDATE_COMPLETE: "updated",
  DELETE_COMPLETE: "removed",
  DELETE_SKIPPED: "kept",
  IMPORT_COMPLETE: "taken over",
};

/** A step worth a line: what is done, what failed, and what a stack turns to. */
export function drawStep(
  { logicalId, type, status, reason, isStack }: Step,
  colours: Palette,
): string | undefined {
  const name = printable(logicalId);
  const kind = colours.dim(printable(kindOf(type)));
  const why = reason === undefined ? "" : `: ${printable(reason)}`;
  if (isStack)
    return /ROLLBACK_IN_PROGRESS$/.test(status) ? colours.yellow("  taking everything back") : undefined;
  if (status.endsWith("_FAILED")) return colours.red(`  ✖ ${name} ${kind} failed${why}`);
  const done = DONE[status];
  return done === undefined ? undefined : `  ${colours.green("✔")} ${name} ${kind} ${done}`;
}

/** Why a deployment failed, the root cause first. */
export function drawFailure(app: string, { status, cause }: Ended, colours: Palette): string[] {
  const lines = cause
    ? [`${printable(cause.logicalId)} (${printable(cause.type)}): ${printable(cause.reason ?? cause.status)}`]
    : [];
  const after: Readonly<Record<string, string>> = {
    ROLLBACK_COMPLETE: `Nothing of ${app} is left but its events.`,
    UPDATE_ROLLBACK_COMPLETE: `${app} is as it was before.`,
  };
  return [colours.red(`${app} was not deployed.`), ...lines, after[status] ?? `${app} is ${status} now.`];
}

/** Outputs and addresses as two columns. */
export function drawFacts(
  outputs: Readonly<Record<string, string>>,
  endpoints: readonly Endpoint[],
  colours: Palette,
): string[] {
  const rows = [
    ...Object.entries(outputs).map(([name, value]) => [name, here(value, endpoints), "output"] as const),
    ...endpoints.map(({ logicalId, url, what }) => [logicalId, url, what] as const),
  ];
  const width = Math.max(0, ...rows.map(([name]) => widthOf(name)));
  return rows.map(
    ([name, value, what]) =>
      `  ${printable(name).padEnd(width)}  ${colours.bold(printable(value))}  ${colours.dim(what)}`,
  );
}

/** AWS's address of an API, as templates write it. */
const AT_AWS = /https?:\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?=[/\s]|$)/g;

/** With AWS's addresses of this application's APIs as they are reached here. */
function here(value: string, endpoints: readonly Endpoint[]): string {
  return value.replaceAll(AT_AWS, (address, api: string) => {
    const found = endpoints.find(({ url }) => url.includes(`/execute-api/${api}/`));
    return found ? found.url.slice(0, found.url.indexOf(api) + api.length) : address;
  });
}
