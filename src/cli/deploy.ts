import { parseArgs } from "node:util";
import { createClock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import { createIds } from "../kernel/ids.ts";
import { type Release, release, type Session } from "../projects/deploy.ts";
import { commitOf, userName } from "../projects/origin.ts";
import type { Artefact } from "../projects/packaging.ts";
import { findProject, type Project, type StackSource } from "../projects/project.ts";
import { stacksOf } from "../projects/stacks.ts";
import { carryOut } from "./carry-out.ts";
import type { Command, Terminal } from "./command.ts";
import { PLACE_HELP, PLACE_OPTIONS, type PlaceValues, placesOf, telling } from "./place.ts";
import { formatBytes, palette, printable } from "./terminal.ts";

const HELP = `Usage: nuage deploy [TEMPLATE|FOLDER] [options]

Deploys an application: a SAM or CloudFormation template, with its samconfig where there is one, a Serverless
project or a CDK app. Builds what must be built, says what would change, asks, and does it.

  --stack NAME       what the application is called (samconfig's stack_name, or the folder's name)
  --parameter K=V    a parameter of the template, repeatable
  --yes              do not ask
  --no-build         take functions and layers as they lie there
  --allow-unsupported    leave out, and list, what the platform does not have, instead of refusing it
${PLACE_HELP}
`;

export const deploy: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...PLACE_OPTIONS,
      stack: { type: "string" },
      parameter: { type: "string", multiple: true },
      yes: { type: "boolean", short: "y" },
      "no-build": { type: "boolean" },
      "allow-unsupported": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [path = ".", ...more] = positionals;
  if (more.length > 0) throw new UserError(`deploy takes one template or folder.\n\n${HELP}`);
  return telling(async () => {
    const { project, session } = await openProject(path, values);
    const asked = parametersOf(values.parameter);
    const isBuilding = !values["no-build"];
    const leavesOut = values["allow-unsupported"] === true;
    const how = { isYes: values.yes === true, terminal, isAttended: true };
    for (const { prepare } of await preparations(
      { project, session, asked, isBuilding, leavesOut, terminal },
      values.stack,
    )) {
      const status = await carryOut(session, await prepare(), how);
      if (status !== 0) return status;
    }
    return 0;
  });
};

/** `KEY=VALUE`, as often as it was given. */
export function parametersOf(pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new UserError(`--parameter takes NAME=VALUE, not "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** A project, and who deploys it where. */
export async function openProject(
  path: string,
  values: PlaceValues,
): Promise<{ project: Project; session: Session }> {
  const project = await findProject(path, values.env ?? "default");
  const { region } = project.settled;
  const places = await placesOf({ ...(region === undefined ? {} : { region }), ...values });
  return { project, session: await sessionOf(places, project.root) };
}

export async function sessionOf(places: Pick<Session, "home" | "place">, folder: string): Promise<Session> {
  const user = userName();
  return { ...places, clock: createClock(), ids: createIds(), user, commit: await commitOf(folder) };
}

export interface Preparing {
  readonly project: Project;
  readonly session: Session;
  readonly asked: Readonly<Record<string, string>>;
  readonly isBuilding: boolean;
  /** Whether what the platform does not have is left out. */
  readonly leavesOut: boolean;
  readonly terminal: Terminal;
}

interface Preparation {
  readonly app: string;
  readonly source: StackSource;
  /** Builds and stores: what one stack exports the next may need, so one comes after the other. */
  prepare(): Promise<Release>;
}

/** The project's stacks in the order in which they need each other. */
export async function preparations(preparing: Preparing, stack: string | undefined): Promise<Preparation[]> {
  const { project, session, asked, isBuilding, leavesOut, terminal } = preparing;
  const { place } = session;
  const sources = await stacksOf(project, place, stack);
  const colours = palette(terminal.colour);
  const onArtefact = ({ logicalId, how, sizeBytes }: Artefact, isNew: boolean) => {
    if (!isNew) return;
    const text = `  ${printable(logicalId)}: ${how}, ${formatBytes(sizeBytes)}\n`;
    terminal.err(colours.dim(text));
  };
  return sources.map((source) => ({
    app: source.stack,
    source,
    prepare: () =>
      release(source, { asked, leavesOut }, { place, root: project.root, isBuilding, onArtefact }),
  }));
}
