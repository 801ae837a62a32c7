import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import { templateOf } from "../projects/again.ts";
import type { Place } from "../projects/clients.ts";
import { ready, type Session } from "../projects/deploy.ts";
import { currentOf } from "../projects/deployments.ts";
import { type Difference, differences } from "../projects/difference.ts";
import { dropPlan, type Plan } from "../projects/plan.ts";
import type { Command, Terminal } from "./command.ts";
import { openProject, parametersOf, preparations } from "./deploy.ts";
import { drawDifferences } from "./difference-view.ts";
import { jsonText } from "./json-lines.ts";
import { PLACE_HELP, PLACE_OPTIONS, telling } from "./place.ts";
import { drawPlan } from "./plan-view.ts";
import { palette } from "./terminal.ts";

const HELP = `Usage: nuage diff [TEMPLATE|FOLDER] [options]

What nuage deploy would change. The exit status is 0 where that is nothing, 1 where it is something, 2 where
it could not be told.

  --stack NAME       what the application is called
  --parameter K=V    a parameter of the template, repeatable
  --no-build         take functions and layers as they lie there
  --allow-unsupported    leave out, and list, what the platform does not have, instead of refusing it
  --json             one JSON document a line, told apart by "kind": for each change of a resource, each
                     difference of the templates, what is left out (left) and what has no effect (idle)
${PLACE_HELP}
`;

const TROUBLE = 2;

export const diff: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...PLACE_OPTIONS,
      stack: { type: "string" },
      parameter: { type: "string", multiple: true },
      "no-build": { type: "boolean" },
      "allow-unsupported": { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  try {
    return await telling(async () => {
      const { project, session } = await openProject(positionals[0] ?? ".", values);
      const asked = parametersOf(values.parameter);
      const isBuilding = !values["no-build"];
      const leavesOut = values["allow-unsupported"] === true;
      const preparing = { project, session, asked, isBuilding, leavesOut, terminal };
      const isJson = values.json === true;
      let isDifferent = false;
      for (const { app, prepare } of await preparations(preparing, values.stack))
        isDifferent = (await show(session, app, await prepare(), terminal, isJson)) || isDifferent;
      return isDifferent ? 1 : 0;
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    terminal.err(`nuage: ${error.message}\n`);
    return TROUBLE;
  }
};

async function show(
  session: Session,
  app: string,
  wanted: Parameters<typeof ready>[1],
  terminal: Terminal,
  isJson: boolean,
): Promise<boolean> {
  const { place } = session;
  const colours = palette(terminal.colour);
  const planned = await ready(session, wanted);
  if (planned.plan.isEmpty) {
    if (!isJson) terminal.out(`${colours.bold(app)} in ${place.environment} would not change.\n`);
    return false;
  }
  await dropPlan(place, planned.plan);
  const current = await currentOf(place, app);
  const before = current && (await templateOf(place, current));
  const differing = before ? differences(before, wanted.template) : [];
  const title = `${colours.bold(app)} in ${place.environment}`;
  const lines = [title, "", ...drawPlan(planned, colours), ...drawDifferences(differing, colours)];
  terminal.out(isJson ? jsonText(itemsOf(app, place, planned.plan, differing)) : `${lines.join("\n")}\n`);
  return true;
}

function itemsOf(app: string, place: Place, plan: Plan, differing: readonly Difference[]): unknown[] {
  const { environment } = place;
  const items = (kind: string, all: readonly object[]) =>
    all.map((each) => ({ kind, app, environment, ...each }));
  return [
    ...items("change", plan.changes),
    ...items("left", plan.left),
    ...items("idle", plan.idle),
    ...items("difference", differing),
  ];
}
