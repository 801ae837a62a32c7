/**
 * Names of the objects that a channel delivers: pure rules.
 * https://docs.aws.amazon.com/streams/latest/dev/data-delivery-s3-key-template.html
 */

export const DEFAULT_TEMPLATE =
  "kinesis-channel/!{channel-name}/!{channel-id}/!{yyyy}/!{MM}/!{dd}/!{HH}/" +
  "!{channel-name}-!{channel-id}-!{yyyy}-!{MM}-!{dd}-!{HH}-!{mm}!{extension}";

export type Compression = "NONE" | "GZIP" | "ZSTD";

const EXTENSIONS: Readonly<Record<Compression, string>> = { NONE: "", GZIP: ".gz", ZSTD: ".zst" };
const VARIABLE = /!\{([^{}]*)\}/g;
const EXTENSION = /^extension(:\.[a-z.]+)?$/;
const VARIABLES = /^(channel-name|channel-id|stream-name|yyyy|yy|MM|dd|HH|mm|extension(:\.[a-z.]+)?)$/;
const LITERALS = /^[A-Za-z0-9!\-_'.*()/=]*$/;
/** What S3 takes, without the suffix. */
const LONGEST = 986;

export interface KeyFacts {
  readonly channel: string;
  readonly id: string;
  readonly stream: string;
  readonly timeMs: number;
  readonly compression: Compression;
}

/** Why no keys can be made of a template; undefined when they can. */
export function templateProblem(template: string, compression: Compression): string | undefined {
  const names = [...template.matchAll(VARIABLE)].map(([, name = ""]) => name);
  const rest = template.replace(VARIABLE, "");
  const unknown = names.find((name) => !VARIABLES.test(name));
  const extensions = names.filter((name) => EXTENSION.test(name));
  if (rest.includes("!{")) return "it has a variable placeholder that is not closed";
  if (unknown !== undefined) return `!{${unknown}} is not a supported variable`;
  if (!LITERALS.test(rest)) return "it has characters that are not allowed";
  if (template.startsWith("/") || template.includes("//")) {
    return "it must not start with a slash or have consecutive slashes";
  }
  if (rest.includes("..") || template.split("/").includes(".")) return "it must not have path traversal";
  if (extensions.length > 1 || (extensions.length === 1 && !/!\{extension[^{}]*\}$/.test(template))) {
    return "an extension placeholder must come once, at the end";
  }
  if (compression !== "NONE" && extensions.length === 0) {
    return "it must have an extension placeholder when objects are compressed";
  }
  return undefined;
}

/** An object's key. The suffix that makes it one of its kind comes before the extension. */
export function keyOf(template: string, facts: KeyFacts, suffix: string): string {
  const { values, extension } = valuesOf(facts);
  let end = "";
  const key = template.replace(VARIABLE, (_, name: string) => {
    if (!EXTENSION.test(name)) return values[name] ?? "";
    end = name === "extension" ? extension : name.slice("extension:".length);
    return "";
  });
  return `${key.slice(0, LONGEST)}-${suffix}${end}`;
}

function valuesOf({ channel, id, stream, timeMs, compression }: KeyFacts) {
  const [yyyy = "", MM = "", dd = "", HH = "", mm = ""] = new Date(timeMs).toISOString().split(/\D/);
  const values: Readonly<Record<string, string>> = {
    "channel-name": channel,
    "channel-id": id,
    "stream-name": stream,
    ...{ yyyy, yy: yyyy.slice(2), MM, dd, HH, mm },
  };
  return { values, extension: EXTENSIONS[compression] };
}
