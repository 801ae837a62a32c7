// The code that stacks lie in, and what it was made of, where a source map tells it.
import { readdir, readFile } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, join, resolve } from "node:path";

/** Code, or a map of it, that is larger than this is left alone: reading it would be felt. */
const LARGEST_BYTES = 20_000_000;
/** In how many files of a folder maps are looked for. */
const MOST_MADE = 50;

export interface Code {
  readonly lines: readonly string[];
  readonly map?: SourceMap;
  /** Texts of the map's sources, by their names. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
}

const NO_CODE: Code = { lines: [], sources: new Map() };

/** Texts of what code was made of, by the paths at which a runtime that reads maps sees them. */
export type Sources = ReadonlyMap<string, readonly string[]>;

export async function readSources(folder: string): Promise<Sources> {
  const sources = new Map<string, readonly string[]>();
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  const made = names.filter((name) => /\.[cm]?js$/.test(name) && !/(^|\/)node_modules\//.test(name));
  for (const name of made.slice(0, MOST_MADE)) {
    const path = join(folder, name);
    const code = await readCode(path);
    const root = code.map?.payload.sourceRoot ?? "";
    for (const [source, lines] of code.sources) sources.set(resolve(dirname(path), root, source), lines);
  }
  return sources;
}

export async function readCode(path: string): Promise<Code> {
  try {
    const text = await readText(path);
    const map = await readMap(path, text);
    const code = { lines: text.split("\n"), sources: new Map<string, readonly string[]>() };
    if (!map) return code;
    for (const [at, source] of map.sources.entries()) {
      const content = (map as Partial<SourceMapPayload>).sourcesContent?.[at];
      if (content) code.sources.set(source, content.split("\n"));
    }
    return { ...code, map: new SourceMap(map) };
  } catch {
    // Gone, unreadable, or no map after all: the stack is told as it was.
    return NO_CODE;
  }
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  return bytes.length > LARGEST_BYTES ? "" : bytes.toString("utf8");
}

/** The last comment that names one counts: bundled libraries may have left theirs. */
async function readMap(path: string, text: string): Promise<SourceMapPayload | undefined> {
  const at = Math.max(text.lastIndexOf("//# sourceMappingURL="), text.lastIndexOf("//@ sourceMappingURL="));
  const [, url = ""] = /sourceMappingURL=(\S+)/.exec(at < 0 ? "" : text.slice(at)) ?? [];
  if (url === "") return undefined;
  const [, data] = /^data:application\/json[^,]*;base64,(.*)$/.exec(url) ?? [];
  const json =
    data === undefined
      ? await readText(join(dirname(path), decodeURIComponent(url)))
      : Buffer.from(data, "base64").toString("utf8");
  return JSON.parse(json) as SourceMapPayload;
}
