import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import { promotion } from "../projects/again.ts";
import type { Place } from "../projects/clients.ts";
import { latestDeployments } from "../projects/deployments.ts";
import { environmentOf } from "../projects/environments.ts";
import { readSamconfig } from "../projects/samconfig.ts";
import { carryOut } from "./carry-out.ts";
import type { Command } from "./command.ts";
import { parametersOf, sessionOf } from "./deploy.ts";
import { PLACE_OPTIONS, placesOf, telling } from "./place.ts";

const HELP = `Usage: nuage promote FROM TO [APP] [options]

Deploys what stands in one environment to another: the same artefacts and template, with the other's
parameters: those given here, those of its table in ./samconfig.toml, and those it has already.

  --parameter K=V    a parameter of the template, repeatable
  --yes              do not ask
  --region REGION    the region (the platform's)
  --port PORT, --endpoint URL    where the platform is
`;

export const promote: Command = async (args, terminal) => {
  const { env: _, ...options } = PLACE_OPTIONS;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...options,
      parameter: { type: "string", multiple: true },
      yes: { type: "boolean", short: "y" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [source, target, app, ...more] = positionals;
  if (source === undefined || target === undefined || more.length > 0)
    throw new UserError(`promote takes two environments and an application.\n\n${HELP}`);
  if (source === target) throw new UserError("an environment cannot be promoted to itself.");
  return telling(async () => {
    const { home } = await placesOf(values);
    const [from, to] = [environmentOf(home, source), environmentOf(home, target)];
    const session = await sessionOf({ home, place: to }, ".");
    const name = app ?? (await onlyApp(from));
    const settled = await readSamconfig(".", target);
    const own = settled?.isOwn ? settled.parameters : {};
    const wanted = await promotion(from, to, name, { ...own, ...parametersOf(values.parameter) });
    return carryOut(session, wanted, { isYes: values.yes === true, terminal, isAttended: true });
  });
};

async function onlyApp(place: Place): Promise<string> {
  const apps = (await latestDeployments(place)).map(({ app }) => app);
  const [only, ...others] = apps;
  if (only === undefined) throw new UserError(`nothing has been deployed to ${place.environment} from here.`);
  if (others.length === 0) return only;
  throw new UserError(`${place.environment} has several applications, name one: ${apps.join(", ")}.`);
}
