import { isMap, type Json } from "../deploy/parse.ts";
import type { Ready } from "../projects/deploy.ts";
import { differences } from "../projects/difference.ts";
import type { Plan, PlannedChange, PlannedProperty } from "../projects/plan.ts";
import { kindOf } from "./kinds.ts";
import { type Palette, printable, widthOf } from "./terminal.ts";

const SIGNS: Readonly<Record<PlannedChange["action"], string>> = {
  add: "+",
  change: "~",
  replace: "!",
  remove: "-",
  import: ">",
};

const ORDER = ["add", "import", "change", "replace", "remove"] as const;

/** One line of a plan. */
interface Row {
  readonly name: string;
  readonly kind: string;
  readonly words: string;
  readonly paint: (text: string) => string;
  /** It was made for another one, below which it stands. */
  readonly isPart: boolean;
  readonly values: readonly string[];
}

/** A plan in plain words, one line a resource; below each those that SAM makes for it. */
export function drawPlan({ plan, release }: Ready, colours: Palette): string[] {
  const own = isMap(release.template.Resources) ? Object.keys(release.template.Resources) : [];
  const rows = [
    ...ORDER.flatMap((action) =>
      inFamilies(
        plan.changes.filter((change) => change.action === action),
        own,
      ).map(({ change, isPart }) => rowOf(change, isPart, colours)),
    ),
    ...plan.left.map(({ logicalId, type }): Row => {
      const words = "is left out: this platform does not have it";
      return {
        name: `? ${logicalId}`,
        kind: kindOf(type),
        words,
        paint: colours.magenta,
        isPart: false,
        values: [],
      };
    }),
  ];
  const indent = ({ isPart }: Row) => (isPart ? "    " : "  ");
  const head = (row: Row) => `${indent(row)}${printable(row.name)}`;
  const names = Math.max(0, ...rows.map((row) => widthOf(head(row))));
  const kinds = Math.max(0, ...rows.map(({ kind }) => widthOf(kind)));
  const lines = rows.flatMap((row) => {
    const quiet = row.isPart ? colours.dim : (text: string) => text;
    const name = row.paint(head(row).padEnd(names));
    const kind = colours.dim(printable(row.kind).padEnd(kinds));
    const line = `${quiet(name)}  ${kind}  ${quiet(row.paint(row.words))}`;
    return [line.trimEnd(), ...row.values.map((value) => colours.dim(`${indent(row)}    ${value}`))];
  });
  if (plan.changes.length === 0) lines.push("  Only outputs or tags change.");
  const left = plan.left.length === 0 ? "" : `, ${plan.left.length} left out`;
  return [...lines, ...drawIdle(plan.idle, colours), "", `${tally(plan.changes)}${left}.`];
}

const MOST_TYPES = 5;

/** What is kept and has no effect, one line a type. */
function drawIdle(idle: Plan["idle"], colours: Palette): string[] {
  if (idle.length === 0) return [];
  const lines = idle
    .slice(0, MOST_TYPES)
    .map(({ type, properties }) => `    ${printable(type)}: ${properties.map(printable).join(", ")}`);
  const more = idle.length - lines.length;
  const rest = more > 0 ? [`    and of ${more} more types`] : [];
  return ["", "  Accepted, without effect:", ...[...lines, ...rest].map((line) => colours.dim(line))];
}

/** In the order of the template; what it does not name follows what it is named after. */
function inFamilies(changes: readonly PlannedChange[], own: readonly string[]) {
  const written = changes.filter(({ logicalId }) => own.includes(logicalId));
  const made = changes.filter(({ logicalId }) => !own.includes(logicalId));
  const parentOf = ({ logicalId }: PlannedChange) =>
    written
      .filter((each) => logicalId.startsWith(each.logicalId))
      .sort((one, other) => other.logicalId.length - one.logicalId.length)[0];
  const families = written
    .sort((one, other) => own.indexOf(one.logicalId) - own.indexOf(other.logicalId))
    .flatMap((parent) => [
      { change: parent, isPart: false },
      ...made.filter((each) => parentOf(each) === parent).map((change) => ({ change, isPart: true })),
    ]);
  const orphans = made.filter((each) => parentOf(each) === undefined);
  return [...families, ...orphans.map((change) => ({ change, isPart: false }))];
}

function rowOf(change: PlannedChange, isPart: boolean, colours: Palette): Row {
  const { action, logicalId, type } = change;
  return {
    name: `${SIGNS[action]} ${logicalId}`,
    kind: kindOf(type),
    words: wordsOf(change),
    paint: painterOf(change, colours),
    isPart,
    values: valuesOf(change),
  };
}

/** `2 added, 1 changed`; what is let go stays where it is. */
export function tally(changes: readonly PlannedChange[]): string {
  const words = {
    add: "added",
    import: "imported",
    change: "changed",
    replace: "replaced",
    remove: "removed",
  };
  const said = ({ action, isKept }: PlannedChange) =>
    action === "remove" && isKept ? "let go" : words[action];
  const parts = [...Object.values(words), "let go"].flatMap((word) => {
    const count = changes.filter((change) => said(change) === word).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return parts.length === 0 ? "No resource changes" : parts.join(", ");
}

function painterOf({ action, losesData, isKept }: PlannedChange, colours: Palette): (text: string) => string {
  if (action === "remove" && isKept) return colours.dim;
  if (losesData || action === "remove") return colours.red;
  if (action === "replace") return colours.magenta;
  return action === "change" ? colours.yellow : colours.green;
}

function wordsOf({ action, properties, losesData, isKept, isUnsure }: PlannedChange): string {
  const lost = losesData ? `: WHAT IT HOLDS ${isUnsure ? "MAY" : "WILL"} BE LOST` : "";
  switch (action) {
    case "add":
      return "is added";
    case "import":
      return "is taken over as it is";
    case "remove":
      return isKept ? "stays, but is no longer part of it" : `is removed${lost}`;
    case "change":
      return `changes its ${listed(properties)}`;
    case "replace": {
      const causes = properties.filter(({ isReplacing }) => isReplacing);
      const why = listed(causes.length > 0 ? causes : properties);
      const old = isKept ? "; the old one stays" : "";
      return isUnsure
        ? `is replaced by a new one if its ${why} turns out otherwise${lost}${old}`
        : `is replaced by a new one, for its ${why} changes${lost}${old}`;
    }
  }
}

/** What says nothing to people: where code lies, under the hash of its contents. */
const ADDRESSES: Readonly<Record<string, string>> = {
  Code: "code",
  Content: "contents",
  TemplateURL: "template",
};

function listed(properties: readonly PlannedProperty[]): string {
  const names = properties.map(({ name }) => printable(ADDRESSES[name] ?? name));
  if (names.length < 2) return names[0] ?? "type";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

const MOST = 60;
/** CloudFormation's word for what nobody knows yet. */
const LATER = "{{changeSet:KNOWN_AFTER_APPLY}}";

/** What exactly changes, as deep inside a property as it does. */
function valuesOf({ properties }: PlannedChange): string[] {
  const known = properties.filter(
    ({ name, before, after }) =>
      !Object.hasOwn(ADDRESSES, name) && (before !== undefined || after !== undefined),
  );
  return known.flatMap(({ name, before, after }) =>
    differences(parsed(before), parsed(after), name).map(
      (each) => `${printable(each.path)}: ${short(each.before)} → ${short(each.after)}`,
    ),
  );
}

function parsed(text: string | undefined): Json | undefined {
  if (text === undefined || !/^[{[]/.test(text)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function short(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = printable(typeof value === "string" ? value : JSON.stringify(value));
  const said = text === "" ? "empty" : text.replaceAll(LATER, "(known afterwards)");
  return said.length > MOST ? `${said.slice(0, MOST - 1)}…` : said;
}
