#!/usr/bin/env node
import module from "node:module";
import { wantsColour } from "../config.ts";
import { UserError } from "../kernel/faults.ts";
import type { Command, Terminal } from "./command.ts";
import { start } from "./start.ts";

/** Each command's one line and its file, which is loaded when it is asked for. Only `start` is in a hurry. */
const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<Command> }>> = {
  start: {
    summary: "run the platform in this terminal",
    load: async () => start,
  },
  status: {
    summary: "say whether a platform runs, and what it holds",
    load: async () => (await import("./status.ts")).status,
  },
  stop: {
    summary: "stop the running platform",
    load: async () => (await import("./stop.ts")).stop,
  },
  logs: {
    summary: "what the functions printed, or a query of it; -f follows",
    load: async () => (await import("./logs.ts")).logs,
  },
  trace: {
    summary: "what happened, drawn as a waterfall",
    load: async () => (await import("./trace.ts")).trace,
  },
  traces: {
    summary: "the latest traces; -f follows",
    load: async () => (await import("./traces.ts")).traces,
  },
  map: {
    summary: "what calls and triggers what, how often, and how it goes",
    load: async () => (await import("./map.ts")).map,
  },
  errors: {
    summary: "what failed, each error once, with its events and tries",
    load: async () => (await import("./errors.ts")).errors,
  },
  error: {
    summary: "one error explained: stack, tries, event, log; --resolve, --ignore",
    load: async () => (await import("./error.ts")).error,
  },
  table: {
    summary: "who uses a DynamoDB table, and what would be better",
    load: async () => (await import("./table.ts")).table,
  },
  streams: {
    summary: "where event source mappings stand, and what blocks them",
    load: async () => (await import("./streams.ts")).streams,
  },
  loops: {
    summary: "loops that were stopped, and what they would have cost",
    load: async () => (await import("./loops.ts")).loops,
  },
  throttles: {
    summary: "who was throttled, when, and by which limit",
    load: async () => (await import("./throttles.ts")).throttles,
  },
  warnings: {
    summary: "what will go wrong or costs too much, and what to do about it",
    load: async () => (await import("./warnings.ts")).warnings,
  },
  concurrency: {
    summary: "how many ran at once; --at an instant, which and with what",
    load: async () => (await import("./concurrency.ts")).concurrency,
  },
  metrics: {
    summary: "CloudWatch's metrics over time, and metric math",
    load: async () => (await import("./metrics.ts")).metrics,
  },
  replay: {
    summary: "send events to a function again, and compare",
    load: async () => (await import("./replay.ts")).replay,
  },
  outbox: {
    summary: "e-mails, text and push messages that would have been sent",
    load: async () => (await import("./outbox.ts")).outbox,
  },
  chaos: {
    summary: "have things go wrong on purpose",
    load: async () => (await import("./chaos.ts")).chaos,
  },
  dev: {
    summary: "deploy, watch, and swap what is saved",
    load: async () => (await import("./dev.ts")).dev,
  },
  deploy: {
    summary: "build and deploy an application",
    load: async () => (await import("./deploy.ts")).deploy,
  },
  diff: {
    summary: "what deploying would change",
    load: async () => (await import("./diff.ts")).diff,
  },
  list: {
    summary: "the applications of all environments; --shared says what their functions share",
    load: async () => (await import("./list.ts")).list,
  },
  history: {
    summary: "who deployed an application, when, and what changed",
    load: async () => (await import("./history.ts")).history,
  },
  rollback: {
    summary: "return to an earlier deployment",
    load: async () => (await import("./rollback.ts")).rollback,
  },
  promote: {
    summary: "deploy what stands in one environment to another",
    load: async () => (await import("./promote.ts")).promote,
  },
  remove: {
    summary: "remove an application with all it consists of",
    load: async () => (await import("./remove.ts")).remove,
  },
  aws: {
    summary: "a few commands of the AWS CLI, where it is not installed",
    load: async () => (await import("./aws.ts")).aws,
  },
};

const HELP = ["help", "--help", "-h"];

async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || HELP.includes(name)) {
    terminal.out(usage());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    terminal.err(`nuage: there is no command "${name}".\n\n${usage()}`);
    return 2;
  }
  try {
    return await (await command.load())(rest, terminal);
  } catch (error) {
    if (error instanceof UserError) terminal.err(`nuage: ${error.message}\n`);
    else if (isUsageError(error)) terminal.err(`nuage ${name}: ${error.message}\n`);
    else terminal.err(`nuage: a bug, please report it:\n${error instanceof Error ? error.stack : error}\n`);
    return isUsageError(error) ? 2 : 1;
  }
}

function usage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`);
  return `Usage: nuage <command> [options]\n\n${lines.join("\n")}\n\nnuage <command> --help says more.\n`;
}

/** What util.parseArgs throws for options a command does not have. */
function isUsageError(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code.startsWith("ERR_PARSE_ARGS_");
}

// From Node 22.8 on: what was compiled is kept for the next start, in the system's temporary folder.
if ("enableCompileCache" in module && typeof module.enableCompileCache === "function")
  module.enableCompileCache();

// A reader that has seen enough, such as `head`, closes the pipe.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  // What a pipe takes is not cut short for want of room.
  columns: process.stdout.columns ?? 160,
  colour: wantsColour(process.stdout.isTTY === true),
});
