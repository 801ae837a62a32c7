import { createHash } from "node:crypto";
import { Fault } from "../../../kernel/faults.ts";
import type { Background, Context } from "../../define.ts";
import { perPlatform } from "./per-platform.ts";

// One line a request, in the format that the stage gives.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html

/** The value of `$context.…` by what follows `$context.`; undefined: there is none. */
export type ContextVariables = (name: string) => string | undefined;

const VARIABLE = /\$context\.([a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+)*)/g;

/** A format with its variables filled in: `-` for those that have no value. */
export function renderLine(format: string, variables: ContextVariables): string {
  const isJson = format.trimStart().startsWith("{");
  return format.replace(VARIABLE, (_, name: string) => {
    const value = variables(name);
    if (value === undefined || value === "") return "-";
    // A quotation mark within a value must not end the text it stands in.
    return isJson && !name.endsWith("messageString") ? JSON.stringify(value).slice(1, -1) : value;
  });
}

const GROUP = /^arn:[^:]+:logs:([^:]+):([^:]+):log-group:([^:]+)/;

interface Batch {
  readonly events: { readonly timestamp: number; readonly message: string }[];
}

interface Logging {
  readonly waiting: Map<string, Batch>;
  readonly told: Set<string>;
}

const loggingOf = perPlatform((): Logging => ({ waiting: new Map(), told: new Set() }));
const MOST_TOLD = 1_000;

/**
 * Puts a line into a log group, with those that come meanwhile in one call. A group that does not exist is
 * made where `makesGroup` says so; else it gets none, as on AWS, and that is told once.
 */
export function writeLine(
  world: Background,
  destinationArn: string,
  stream: string,
  line: { readonly timestamp: number; readonly message: string },
  { makesGroup = false }: { readonly makesGroup?: boolean } = {},
): void {
  const { waiting, told } = loggingOf(world.store);
  const match = GROUP.exec(destinationArn);
  if (!match) {
    tell(world, told, destinationArn, "Amazon Data Firehose is not part of this platform");
    return;
  }
  const [, region = "", account = "", group = ""] = match;
  const key = `${destinationArn} ${stream}`;
  const batch = waiting.get(key);
  if (batch) {
    batch.events.push(line);
    return;
  }
  waiting.set(key, { events: [line] });
  const end = world.begin();
  setImmediate(() => {
    const { events } = waiting.get(key) ?? { events: [] };
    waiting.delete(key);
    put(world.as({ region, account }), { group, stream, makesGroup }, events)
      .catch((error) => tell(world, told, group, error))
      .finally(end);
  });
}

interface Destination {
  readonly group: string;
  readonly stream: string;
  readonly makesGroup: boolean;
}

async function put(
  context: Context,
  { group, stream, makesGroup }: Destination,
  events: Batch["events"],
): Promise<void> {
  const sorted = events.toSorted((one, other) => one.timestamp - other.timestamp);
  const input = { logGroupName: group, logStreamName: streamName(stream), logEvents: sorted };
  try {
    await context.call("logs", "PutLogEvents", input);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "ResourceNotFoundException") throw error;
    const { logGroupName, logStreamName } = input;
    if (makesGroup) await context.call("logs", "CreateLogGroup", { logGroupName }).catch(ignoreExisting);
    await context.call("logs", "CreateLogStream", { logGroupName, logStreamName }).catch(ignoreExisting);
    await context.call("logs", "PutLogEvents", input);
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Fault) || error.code !== "ResourceAlreadyExistsException") throw error;
}

/** Streams have no name that says something: a hash. */
function streamName(of: string): string {
  return createHash("md5").update(of).digest("hex");
}

function tell({ log }: Background, told: Set<string>, destination: string, error: unknown): void {
  if (told.has(destination) || told.size >= MOST_TOLD) return;
  told.add(destination);
  log.warn("access logs of an API cannot be written", { destination, error });
}
