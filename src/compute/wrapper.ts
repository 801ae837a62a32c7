import { join } from "node:path";
import type { OwnStart } from "./own-start.ts";
import type { Command, RuntimeKind } from "./runtimes.ts";

/** In AWS's words and with its statuses. */
const WRAP = `if [ ! -f "$1" ]; then echo "$1: does not exist"; exit 127; fi
if [ ! -x "$1" ]; then echo "$1: is not an executable"; exit 126; fi
exec "$@"`;

/**
 * The command behind the script that a function has started first. Custom runtimes have no such script.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
 */
export function wrapped(command: Command, kind: RuntimeKind, own: OwnStart): Command {
  const wrapper = own.version.environment.AWS_LAMBDA_EXEC_WRAPPER;
  if (!wrapper || kind === "custom") return command;
  return { file: "/bin/sh", args: ["-c", WRAP, "sh", here(wrapper, own), command.file, ...command.args] };
}

/** Where something is here that a function knows by where AWS has it. */
function here(path: string, { taskRoot, layersRoot }: OwnStart): string {
  if (layersRoot && path.startsWith("/opt/")) return join(layersRoot, path.slice("/opt/".length));
  return path.startsWith("/var/task/") ? join(taskRoot, path.slice("/var/task/".length)) : path;
}
