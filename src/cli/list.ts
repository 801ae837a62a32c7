import { parseArgs } from "node:util";
import { templateOf } from "../projects/again.ts";
import { type Application, applicationsIn } from "../projects/applications.ts";
import type { Place } from "../projects/clients.ts";
import { environments } from "../projects/environments.ts";
import { type Share, sharesOf } from "../projects/sharing.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { PLACE_HELP, PLACE_OPTIONS, placesOf, telling } from "./place.ts";
import { type Column, formatMoment, type Palette, palette, printable, table } from "./terminal.ts";

const HELP = `Usage: nuage list [options]

The applications of all environments, or of one: what state each is in, and who deployed it last.

  --shared           what the functions of each application share: a change of it changes them all
  --json             one JSON document a line, for each application
${PLACE_HELP}
`;

export const list: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      ...PLACE_OPTIONS,
      shared: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  return telling(async () => {
    const { home, place } = await placesOf(values);
    const places = values.env === undefined ? await environments(home) : [place];
    const found = (await Promise.all(places.map(withApplications))).flat();
    const shares = values.shared ? await Promise.all(found.map(withShares)) : undefined;
    if (values.json) terminal.out(jsonText(shares ?? found.map(({ app }) => app)));
    else if (shares) print(terminal, drawShares(shares, palette(terminal.colour)));
    else
      print(
        terminal,
        drawApplications(
          found.map(({ app }) => app),
          terminal.columns,
        ),
      );
    return 0;
  });
};

function print(terminal: Terminal, lines: readonly string[]): void {
  terminal.out(`${lines.join("\n")}\n`);
}

interface Found {
  readonly place: Place;
  readonly app: Application;
}

async function withApplications(place: Place): Promise<Found[]> {
  return (await applicationsIn(place)).map((app) => ({ place, app }));
}

interface Shared extends Pick<Application, "app" | "environment"> {
  readonly shares: readonly Share[];
}

async function withShares({ place, app }: Found): Promise<Shared> {
  const { environment, deployment } = app;
  const shares = deployment ? sharesOf(await templateOf(place, deployment), deployment.artefacts) : [];
  return { app: app.app, environment, shares };
}

function drawApplications(applications: readonly Application[], columns: number): string[] {
  if (applications.length === 0) return ["Nothing is deployed. Try: nuage deploy"];
  const commit = ({ deployment }: Application) => {
    const { id = "", branch, isDirty } = deployment?.commit ?? {};
    return id === ""
      ? ""
      : `${id.slice(0, 7)}${isDirty ? "*" : ""}${branch === undefined ? "" : ` ${branch}`}`;
  };
  const shape: Column<Application>[] = [
    { title: "APP", of: ({ app }) => printable(app), least: 12 },
    { title: "ENVIRONMENT", of: ({ environment }) => environment },
    { title: "ACCOUNT", of: ({ account }) => account },
    { title: "STATE", of: ({ status }) => status.toLowerCase().replaceAll("_", " ") },
    { title: "CHANGED", of: ({ changedMs }) => formatMoment(changedMs).slice(0, 19) },
    { title: "BY", of: ({ deployment }) => printable(deployment?.user ?? "another tool"), least: 8 },
    { title: "NO", of: ({ deployment }) => String(deployment?.id ?? ""), right: true },
    { title: "COMMIT", of: commit, least: 7 },
  ];
  return table(shape, applications, Math.max(80, columns));
}

const KINDS: Readonly<Record<Share["kind"], string>> = {
  layer: "layer",
  library: "library",
  file: "file",
  package: "package",
};

function drawShares(all: readonly Shared[], colours: Palette): string[] {
  if (all.length === 0) return ["Nothing is deployed. Try: nuage deploy"];
  return all.flatMap(({ app, environment, shares }) => [
    `${colours.bold(printable(app))} in ${environment}`,
    ...(shares.length === 0 ? ["  Its functions share nothing."] : table(SHARES, shares, 110).map(indented)),
    "",
  ]);
}

const indented = (line: string) => `  ${line}`;

const SHARES: readonly Column<Share>[] = [
  { title: "SHARED", of: ({ name }) => printable(name), least: 20 },
  { title: "IS A", of: ({ kind }) => KINDS[kind] },
  { title: "CHANGES WITH IT", of: ({ functions }) => functions.map(printable).join(", "), least: 20 },
];
