import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import { templateOf } from "../projects/again.ts";
import type { Place } from "../projects/clients.ts";
import { chosen, type Deployment, deploymentsOf } from "../projects/deployments.ts";
import { type Difference, differences } from "../projects/difference.ts";
import type { Command, Terminal } from "./command.ts";
import { drawDifferences } from "./difference-view.ts";
import { jsonText } from "./json-lines.ts";
import { PLACE_HELP, PLACE_OPTIONS, placesOf, telling } from "./place.ts";
import { tally } from "./plan-view.ts";
import {
  type Column,
  formatDuration,
  formatMoment,
  type Palette,
  palette,
  printable,
  table,
} from "./terminal.ts";

const HELP = `Usage: nuage history APP [options]

Every deployment of an application: when, who, from which commit, and what it changed.

  --diff NUMBER      how that deployment's template, parameters and code differ from those before it
  --json             one JSON document a line, for each deployment; with --diff for each difference
${PLACE_HELP}
`;

export const history: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...PLACE_OPTIONS,
      diff: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [app, ...more] = positionals;
  if (app === undefined || more.length > 0) throw new UserError(`history takes one application.\n\n${HELP}`);
  return telling(async () => {
    const { place } = await placesOf(values);
    const all = await deploymentsOf(place, app);
    if (all.length === 0)
      throw new UserError(`${app} has not been deployed to ${place.environment} from here.`);
    const colours = palette(terminal.colour);
    if (values.diff !== undefined) {
      const found = chosen(all, values.diff, app);
      const earlier = before(all, found);
      const differing = await differencesOf(place, found, earlier);
      if (values.json) terminal.out(jsonText(differing));
      else print(terminal, drawDifference(found, earlier, differing, colours));
    } else if (values.json) terminal.out(jsonText(all));
    else print(terminal, drawHistory(all, terminal.columns, colours));
    return 0;
  });
};

function print(terminal: Terminal, lines: readonly string[]): void {
  terminal.out(`${lines.join("\n")}\n`);
}

/** What stood when a deployment came. */
const before = (all: readonly Deployment[], { id }: Deployment): Deployment | undefined =>
  all.find((each) => each.isDone && each.id < id);

function drawHistory(all: readonly Deployment[], columns: number, colours: Palette): string[] {
  const shape: Column<Deployment>[] = [
    { title: "NO", of: ({ id }) => String(id), right: true, paint: colours.bold },
    { title: "WHEN", of: ({ atMs }) => formatMoment(atMs).slice(0, 19) },
    { title: "WHO", of: ({ user }) => printable(user), least: 8 },
    { title: "COMMIT", of: commitOf, least: 7 },
    { title: "WHAT", of: (each) => printable(whatOf(each)), least: 24 },
    { title: "TOOK", of: ({ durationMs }) => formatDuration(durationMs), right: true },
    {
      title: "RESULT",
      of: ({ isDone, isUnderWay }) => (isUnderWay ? "under way" : isDone ? "done" : "failed"),
      paint: (cell, { isDone, isUnderWay }) =>
        isUnderWay ? colours.yellow(cell) : isDone ? colours.green(cell) : colours.red(cell),
    },
  ];
  return table(shape, all, Math.max(80, columns));
}

function commitOf({ commit }: Deployment): string {
  if (!commit) return "";
  const branch = commit.branch === undefined ? "" : ` ${commit.branch}`;
  return printable(`${commit.id.slice(0, 7)}${commit.isDirty ? "*" : ""}${branch}`);
}

function whatOf({ kind, of, from, changes, isDone, isUnderWay, reason }: Deployment): string {
  const what = isDone || isUnderWay ? tally(changes).toLowerCase() : (reason ?? "failed");
  if (kind === "rollback") return `back to ${of}: ${what}`;
  return kind === "promote" ? `from ${from?.environment} ${from?.id}: ${what}` : what;
}

function drawDifference(
  found: Deployment,
  earlier: Deployment | undefined,
  differing: readonly Difference[],
  colours: Palette,
): string[] {
  const { id, app, atMs, user } = found;
  const when = formatMoment(atMs).slice(0, 19);
  const title = colours.bold(`Deployment ${id} of ${app}`);
  const lines = [
    `${title}, ${when} by ${printable(user)}: ${printable(whatOf(found))}`,
    earlier ? `Compared with deployment ${earlier.id}:` : "It was the first.",
    "",
  ];
  return [...lines, ...(differing.length === 0 ? ["  Nothing."] : drawDifferences(differing, colours))];
}

async function differencesOf(
  place: Place,
  found: Deployment,
  earlier: Deployment | undefined,
): Promise<Difference[]> {
  const documentOf = async (deployment: Deployment) => {
    const { Parameters, ...template } = await templateOf(place, deployment);
    return {
      ...template,
      ...(Parameters === undefined ? {} : { Parameters }),
      "Values of parameters": deployment.parameters,
    };
  };
  return differences(earlier ? await documentOf(earlier) : {}, await documentOf(found));
}
