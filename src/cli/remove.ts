import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import { planRemoval, type Removal, type RemovedResource, remove as removeApp } from "../projects/removal.ts";
import { confirmed } from "./ask.ts";
import type { Command, Terminal } from "./command.ts";
import { kindOf } from "./kinds.ts";
import { PLACE_HELP, PLACE_OPTIONS, placesOf, telling } from "./place.ts";
import { drawFailure, drawStep } from "./steps-view.ts";
import { counted, type Palette, palette, printable, widthOf } from "./terminal.ts";

const HELP = `Usage: nuage remove APP [options]

Removes an application with all it consists of, what is in its buckets, and its history. Says what that is,
and asks.

  --yes              do not ask
${PLACE_HELP}
`;

export const remove: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...PLACE_OPTIONS,
      yes: { type: "boolean", short: "y" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [app, ...more] = positionals;
  if (app === undefined || more.length > 0) throw new UserError(`remove takes one application.\n\n${HELP}`);
  return telling(async () => {
    const { home, place } = await placesOf(values);
    const removal = await planRemoval(place, app);
    const colours = palette(terminal.colour);
    const where = `${place.environment} (account ${place.account}, ${place.region})`;
    print(terminal, [
      `${colours.bold(app)} in ${where} is removed:`,
      "",
      ...drawRemoval(removal, colours),
      "",
    ]);
    if (!(await confirmed("Remove all of it?", values.yes === true))) {
      print(terminal, ["Nothing was changed."]);
      return 1;
    }
    const ended = await removeApp(home, place, removal, (step) => {
      const line = drawStep(step, colours);
      if (line !== undefined) print(terminal, [line]);
    });
    if (!ended.isDone) {
      const [, ...why] = drawFailure(app, ended, colours);
      terminal.err(`${[colours.red(`${app} was not removed.`), ...why].join("\n")}\n`);
      return 1;
    }
    print(terminal, ["", `${colours.bold(app)} is gone.`]);
    return 0;
  });
};

function print(terminal: Terminal, lines: readonly string[]): void {
  terminal.out(`${lines.join("\n")}\n`);
}

function drawRemoval({ resources }: Removal, colours: Palette): string[] {
  const width = Math.max(0, ...resources.map(({ logicalId }) => widthOf(logicalId)));
  if (resources.length === 0) return ["  It consists of nothing."];
  return resources.map((resource) => {
    const { logicalId, type, isKept } = resource;
    const name = `${isKept ? " " : "-"} ${printable(logicalId).padEnd(width)}`;
    const kind = colours.dim(printable(kindOf(type)));
    return `  ${isKept ? name : colours.red(name)}  ${kind}${remark(resource)}`;
  });
}

function remark({ isKept, objects }: RemovedResource): string {
  if (isKept) return "  stays, as its template has it";
  return objects > 0 ? `  with ${counted(objects, "object")}` : "";
}
