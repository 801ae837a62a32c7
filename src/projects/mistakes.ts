// What is wrong with a template, told of the file that somebody wrote.
import { readFile } from "node:fs/promises";
import { isMap, type Json, type JsonMap, placeOf } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import { isNamed } from "./clients.ts";

/** A template as it is sent: each key on a line of its own, so that a line tells which key it is of. */
export const textOf = (template: JsonMap): string => JSON.stringify(template, null, 1);

const PLACE = / \(line (\d+), column \d+\)$/;
/** Of the whole template, and of no line of it. */
const WHOLE = /^(Template|Parameter)/;
/** What may help, by what is wrong. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /Unrecognized resource types: /,
    "This platform does not have them. To deploy without them: --allow-unsupported",
  ],
  [/^Parameters: .* must have values/, "Give them with --parameter NAME=VALUE, or in samconfig.toml."],
];

interface Written {
  readonly template: JsonMap;
  /** The file that somebody wrote it in. */
  readonly file?: string;
}

/** Does what a template is sent for. Where that is refused, the line is that of the file. */
export async function toldAtHome<Answer>(
  { template, file }: Written,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !isNamed(error, "ValidationError")) throw error;
    const { message } = error;
    const hints = HINTS.filter(([wrong]) => wrong.test(message)).map(([, hint]) => hint);
    throw new UserError([await atHome(message, template, file), ...hints].join("\n"));
  }
}

async function atHome(message: string, template: JsonMap, file: string | undefined): Promise<string> {
  const line = Number(PLACE.exec(message)?.[1]);
  if (Number.isNaN(line)) return file !== undefined && WHOLE.test(message) ? `${file}: ${message}` : message;
  const what = message.replace(PLACE, "");
  // A tool's own text is nothing that anybody could look into.
  if (file === undefined) return what;
  const place = placeOf(await readFile(file, "utf8"), `/${pathAt(template, line).join("/")}`);
  return `${file}: ${what}${place ? ` (line ${place.line}, column ${place.column})` : ""}`;
}

/** The names that lead to what stands on a line of the text. */
function pathAt(template: JsonMap, wanted: number): readonly string[] {
  let line = 1;
  let found: readonly string[] = [];
  const walk = (value: Json, path: readonly string[]) => {
    if (line <= wanted) found = path;
    if (typeof value !== "object" || value === null) return;
    const members = Array.isArray(value) ? [...value.entries()] : Object.entries(isMap(value) ? value : {});
    if (members.length === 0) return;
    for (const [name, member] of members) {
      line++;
      walk(member, [...path, String(name)]);
    }
    // The bracket that closes it.
    line++;
  };
  walk(template, []);
  return found;
}
