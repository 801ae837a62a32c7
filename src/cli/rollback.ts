import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import { rollback as releaseBefore } from "../projects/again.ts";
import { carryOut } from "./carry-out.ts";
import type { Command } from "./command.ts";
import { sessionOf } from "./deploy.ts";
import { PLACE_HELP, PLACE_OPTIONS, placesOf, telling } from "./place.ts";

const HELP = `Usage: nuage rollback APP [options]

Deploys again what stood before what stands now: its template, its parameters, its artefacts. Nothing is
built.

  --to NUMBER        not the one before, but this deployment (nuage history lists them)
  --yes              do not ask
${PLACE_HELP}
`;

export const rollback: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...PLACE_OPTIONS,
      to: { type: "string" },
      yes: { type: "boolean", short: "y" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [app, ...more] = positionals;
  if (app === undefined || more.length > 0) throw new UserError(`rollback takes one application.\n\n${HELP}`);
  return telling(async () => {
    const session = await sessionOf(await placesOf(values), ".");
    const wanted = await releaseBefore(session.place, app, values.to);
    return carryOut(session, wanted, { isYes: values.yes === true, terminal, isAttended: true });
  });
};
