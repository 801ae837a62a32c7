import type { Ready } from "../projects/deploy.ts";
import type { Endpoint } from "../projects/endpoints.ts";
import type { PlannedChange, PlannedProperty } from "../projects/plan.ts";
import type { Ended, Step } from "../projects/progress.ts";
import { type Palette, printable, widthOf } from "./terminal.ts";

const SIGNS: Readonly<Record<PlannedChange["action"], string>> = {
  add: "+",
  change: "~",
  replace: "!",
  remove: "-",
  import: ">",
};

const ORDER = ["add", "import", "change", "replace", "remove"] as const;

/** A plan in plain words, one line a resource. */
export function drawPlan({ plan }: Ready, colours: Palette): string[] {
  const changes = [...plan.changes].sort(
    (one, other) => ORDER.indexOf(one.action) - ORDER.indexOf(other.action),
  );
  const names = Math.max(0, ...changes.map(({ logicalId }) => widthOf(logicalId)));
  const types = Math.max(0, ...changes.map(({ type }) => widthOf(type)));
  const lines = changes.flatMap((change) => {
    const { action, logicalId, type } = change;
    const name = `${SIGNS[action]} ${printable(logicalId).padEnd(names)}`;
    const paint = painterOf(change, colours);
    const line = `  ${paint(name)}  ${colours.dim(printable(type).padEnd(types))}  ${paint(wordsOf(change))}`;
    return [line.trimEnd(), ...valuesOf(change).map((value) => colours.dim(`      ${value}`))];
  });
  if (changes.length === 0) lines.push("  Only outputs or tags change.");
  return [...lines, "", `${tally(changes)}.`];
}

/** `2 added, 1 changed` */
export function tally(changes: readonly PlannedChange[]): string {
  const words = {
    add: "added",
    import: "imported",
    change: "changed",
    replace: "replaced",
    remove: "removed",
  };
  const parts = ORDER.flatMap((action) => {
    const count = changes.filter((change) => change.action === action).length;
    return count === 0 ? [] : [`${count} ${words[action]}`];
  });
  return parts.length === 0 ? "No resource changes" : parts.join(", ");
}

function painterOf({ action, losesData }: PlannedChange, colours: Palette): (text: string) => string {
  if (losesData || action === "remove") return colours.red;
  if (action === "replace") return colours.magenta;
  return action === "change" ? colours.yellow : colours.green;
}

function wordsOf({ action, properties, losesData }: PlannedChange): string {
  const lost = losesData ? ": WHAT IT HOLDS WILL BE LOST" : "";
  switch (action) {
    case "add":
      return "is added";
    case "import":
      return "is taken over as it is";
    case "remove":
      return `is removed${lost}`;
    case "change":
      return `changes its ${listed(properties)}`;
    case "replace": {
      const causes = properties.filter(({ isReplacing }) => isReplacing);
      const why = listed(causes.length > 0 ? causes : properties);
      return `is replaced by a new one, for its ${why} changes${lost}`;
    }
  }
}

function listed(properties: readonly PlannedProperty[]): string {
  const names = properties.map(({ name }) => printable(name));
  if (names.length < 2) return names[0] ?? "type";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

const MOST = 60;

function valuesOf({ properties }: PlannedChange): string[] {
  const short = (text: string) => {
    const line = printable(text);
    return line.length > MOST ? `${line.slice(0, MOST - 1)}…` : line;
  };
  return properties.flatMap(({ name, before, after }) =>
    before === undefined && after === undefined
      ? []
      : [`${printable(name)}: ${short(before ?? "nothing")} → ${short(after ?? "nothing")}`],
  );
}

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
  const why = reason === undefined ? "" : `: ${printable(reason)}`;
  if (isStack)
    return /ROLLBACK_IN_PROGRESS$/.test(status) ? colours.yellow("  taking everything back") : undefined;
  if (status.endsWith("_FAILED"))
    return colours.red(`  ✖ ${name} ${colours.dim(printable(type))} failed${why}`);
  const done = DONE[status];
  return done === undefined
    ? undefined
    : `  ${colours.green("✔")} ${name} ${colours.dim(printable(type))} ${done}`;
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
    ...Object.entries(outputs).map(([name, value]) => [name, value, "output"] as const),
    ...endpoints.map(({ logicalId, url, what }) => [logicalId, url, what] as const),
  ];
  const width = Math.max(0, ...rows.map(([name]) => widthOf(name)));
  return rows.map(
    ([name, value, what]) =>
      `  ${printable(name).padEnd(width)}  ${colours.bold(printable(value))}  ${colours.dim(what)}`,
  );
}
