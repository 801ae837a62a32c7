import { relative, resolve } from "node:path";
import type { StoredLine } from "../observe/model.ts";
import type { LiveFunction } from "../projects/live.ts";
import { drawLine } from "./logs.ts";
import type { Palette } from "./terminal.ts";

const LAMBDA = "/aws/lambda/";

/**
 * A line of a function's log under the name that its template gives it, with the files of its frames as they
 * lie here. Undefined for the logs of other applications' functions.
 */
export function drawDevLine(
  line: StoredLine,
  functions: readonly Pick<LiveFunction, "name" | "logicalId" | "source">[],
  colours: Palette,
): string | undefined {
  const name = line.group.startsWith(LAMBDA) ? line.group.slice(LAMBDA.length) : undefined;
  const found = functions.find((each) => each.name === name);
  if (!found) return name === undefined ? drawLine(line, colours) : undefined;
  if (isRoutine(line.message)) return undefined;
  const message = atHome(readable(line.message), found.source.path);
  const drawn = drawLine({ ...line, group: LAMBDA + found.logicalId, message }, colours);
  return isError(line.message) ? colours.red(drawn) : drawn;
}

/** What is written of every run, and says nothing. */
export const isRoutine = (message: string) => /^(START|END|INIT_START) /.test(message);

const isError = (message: string) => /\tERROR\t|"errorType"/.test(message);

/** The runtime logs an error as one line of JSON: as a stack it reads better. */
export function readable(message: string): string {
  const [, head = "", json = ""] = /^(.*?\tERROR\t[^{]*)(\{.*\})\s*$/s.exec(message) ?? [];
  const stack = stackOf(json);
  if (!stack) return message;
  const title = head.split("\t").at(-1)?.trim() || head.split("\t").at(-2)?.trim() || "Error";
  return [title, ...stack.filter((frame) => !isForeign(frame))].join("\n");
}

function stackOf(json: string): string[] | undefined {
  try {
    const { stack } = JSON.parse(json) as { stack?: unknown };
    return Array.isArray(stack) ? stack.map(String) : undefined;
  } catch {
    return undefined;
  }
}

/** Frames of the runtime and of Node say nothing about the function. */
const isForeign = (frame: string) => /^\s+at .*(\(|\s)(node:|.*\/runtimes\/node\/[a-z-]+\.cjs)/.test(frame);

/** Unpacked code lies below `…/functions/code/` or its like, under the hash of its contents. */
function atHome(message: string, folder: string): string {
  return message
    .replaceAll(/\/[^\s():"]*\/(?:nuage-)?functions(?:-\w+)?\/code\/[0-9a-f]{64}\//g, `${folder}/`)
    .replaceAll(/(?<=[\s(]|^)\/[^\s():"]+(?=:\d+:\d+)/g, (path) => {
      const near = relative(".", resolve(path));
      return near.startsWith("..") ? path : near;
    });
}
