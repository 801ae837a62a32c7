import { parseArgs } from "node:util";
import { readConfig } from "../config.ts";
import { UserError } from "../kernel/faults.ts";
import { endpointOf, readHealth } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { openProject, parametersOf } from "./deploy.ts";
import { DevLoop } from "./dev-loop.ts";
import { followTraces } from "./dev-traces.ts";
import { drawDevLine } from "./dev-view.ts";
import { followLogs } from "./logs.ts";
import { PLACE_OPTIONS, telling } from "./place.ts";
import { palette } from "./terminal.ts";

const HELP = `Usage: nuage dev [FOLDER] [options]

Starts a platform, or takes the one that runs; deploys the application; and then, whenever a file is saved,
builds what is made of it and puts it in the place of what runs. What functions print and what is traced
appears here. Ctrl-C ends it.

  --stack NAME       what the application is called
  --env NAME         the environment (dev, which is the platform's own account)
  --parameter K=V    a parameter of the template, repeatable
  --allow-unsupported    leave out, and list, what the platform does not have, instead of refusing it
  --region REGION    the region
  --port PORT, --endpoint URL    where the platform is, or is started
  --data DIR         where a platform that is started keeps everything (.nuage)
  --ephemeral        a platform that is started keeps nothing
`;

export const dev: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...PLACE_OPTIONS,
      stack: { type: "string" },
      parameter: { type: "string", multiple: true },
      "allow-unsupported": { type: "boolean" },
      data: { type: "string" },
      ephemeral: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [path = ".", ...more] = positionals;
  if (more.length > 0) throw new UserError(`dev takes one folder.\n\n${HELP}`);
  const asked = parametersOf(values.parameter);
  const stopping = stopRequested();
  const platform = await platformFor(values, terminal);
  try {
    await telling(async () => {
      const { endpoint } = platform;
      const { session } = await openProject(path, { ...values, endpoint, port: undefined });
      const leavesOut = values["allow-unsupported"] === true;
      const wanted = { path, session, asked, stack: values.stack, leavesOut };
      await work({ ...wanted, terminal, stopping, isLost: platform.isLost });
    });
  } finally {
    await platform.close();
  }
  return 0;
};

interface Work {
  readonly path: string;
  readonly session: Awaited<ReturnType<typeof openProject>>["session"];
  readonly asked: Readonly<Record<string, string>>;
  readonly leavesOut: boolean;
  readonly stack: string | undefined;
  readonly terminal: Terminal;
  readonly stopping: AbortSignal;
  /** Whether all that is deployed is gone when this ends. */
  readonly isLost: boolean;
}

async function work({ stopping: signal, isLost, ...options }: Work): Promise<void> {
  const { session, terminal } = options;
  const { endpoint } = session.place;
  const colours = palette(terminal.colour);
  const loop = new DevLoop(options);
  const query = new URLSearchParams({ limit: "0", since: `${Math.floor(session.clock.now())}` });
  const print = (text: string | undefined) => text !== undefined && terminal.out(`${text}\n`);
  await loop.start();
  const following = [
    followLogs({
      endpoint,
      query,
      terminal,
      signal,
      print: (line) => void print(drawDevLine(line, loop.functions, colours)),
    }),
    followTraces({ endpoint, clock: session.clock, signal, loop, print, terminal }),
  ];
  terminal.err(colours.dim("Watching: save a file, and it runs. Ctrl-C ends.\n"));
  await Promise.all(following);
  terminal.out("Stopping.\n");
  await loop.stop(!isLost);
}

/** Aborts at Ctrl-C and SIGTERM. A second Ctrl-C ends at once. */
function stopRequested(): AbortSignal {
  const stop = new AbortController();
  const begin = () => {
    process.once("SIGINT", () => process.exit(130));
    stop.abort();
  };
  process.once("SIGINT", begin);
  process.once("SIGTERM", begin);
  return stop.signal;
}

interface Used {
  readonly endpoint: string;
  readonly isLost: boolean;
  close(): Promise<void>;
}

interface Options {
  readonly endpoint?: string | undefined;
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly region?: string | undefined;
  readonly ephemeral?: boolean | undefined;
}

/** The platform that runs, or one that runs as long as this does. */
async function platformFor(options: Options, terminal: Terminal): Promise<Used> {
  const wanted = endpointOf(options);
  const isThere = options.port !== "0" && (await answers(wanted));
  if (isThere) return { endpoint: wanted, isLost: false, close: async () => {} };
  if (options.endpoint !== undefined) throw new UserError(`no platform answers on ${wanted}.`);
  const { createPlatform } = await import("../platform.ts");
  const config = readConfig({
    ...(options.port === undefined ? {} : { port: Number(options.port) }),
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.ephemeral ? { data: undefined } : {}),
    ...(options.region === undefined ? {} : { region: options.region }),
  });
  const platform = await createPlatform(config);
  terminal.out(`Nuage is ready on ${platform.endpoint}\n`);
  return {
    endpoint: platform.endpoint,
    isLost: config.data === undefined,
    close: () => platform.close(),
  };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await readHealth(endpoint);
    return true;
  } catch (error) {
    if (error instanceof UserError && /no platform answers/.test(error.message)) return false;
    throw error;
  }
}
