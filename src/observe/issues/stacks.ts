// Reads the code behind stacks while it is there: source maps, and the lines around each call.
import { readFile } from "node:fs/promises";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, join, posix } from "node:path";
import { documentOf, type Frame, framesOf, isLibrary, type RawFrame } from "./frames.ts";

/** Code, or a map of it, that is larger than this is left alone: reading it would be felt. */
const LARGEST_BYTES = 20_000_000;
const MOST_FILES = 500;
/** Lines before and after the one that failed, and how many calls are shown so. */
const AROUND = 2;
const MOST_SHOWN = 5;
const LONGEST_LINE = 200;

interface Code {
  readonly lines: readonly string[];
  readonly map?: SourceMap;
  /** Texts of the map's sources, by their names. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
}

const NO_CODE: Code = { lines: [], sources: new Map() };

/** Stacks of functions' errors, told by the sources they were made of. */
export class Stacks {
  readonly #codes = new Map<string, Code | Promise<void>>();

  /** Begins to read the code that an error document's stack lies in: soon it may be gone. */
  prepare(document: Uint8Array): void {
    for (const { own, path } of framesOf(documentOf(new TextDecoder().decode(document)))) {
      if (!own || this.#codes.has(path)) continue;
      if (this.#codes.size >= MOST_FILES) this.#codes.clear();
      const reading = readCode(path).then((code) => {
        if (this.#codes.get(path) === reading) this.#codes.set(path, code);
      });
      this.#codes.set(path, reading);
    }
  }

  /** Resolves once all that is being read has been. */
  async settled(): Promise<void> {
    await Promise.all([...this.#codes.values()].filter((code) => code instanceof Promise));
  }

  /** The stack of an error document, the innermost call first. */
  explain(result: string | undefined): Frame[] {
    let shown = 0;
    return framesOf(documentOf(result)).map((raw) => {
      const { path, ...frame } = raw;
      const code = this.#codes.get(path);
      if (!frame.own || code === undefined || code instanceof Promise) return frame;
      return explained(raw, code, ++shown <= MOST_SHOWN);
    });
  }
}

function explained({ path: _, ...frame }: RawFrame, code: Code, isShown: boolean): Frame {
  const { line = 1, column = 1 } = frame;
  const entry = code.map?.findEntry(line - 1, column - 1);
  if (!entry || !("originalSource" in entry)) {
    return isShown ? { ...frame, ...around(code.lines, line) } : frame;
  }
  const { originalSource, originalLine } = entry;
  const lines = code.sources.get(originalSource) ?? [];
  const file = posix.normalize(originalSource).replace(/^(\.\.\/)+/, "");
  return {
    ...frame,
    file,
    line: originalLine + 1,
    column: entry.originalColumn + 1,
    // A minifier's name says nothing, and is another one after the next build.
    name: frame.name.length > 2 ? frame.name : (lines[originalLine]?.trim().slice(0, 80) ?? frame.name),
    own: !isLibrary(file),
    generated: `${frame.file}:${line}:${column}`,
    ...(isShown ? around(lines, originalLine + 1) : {}),
  };
}

function around(lines: readonly string[], line: number): Pick<Frame, "context"> {
  if (line > lines.length) return {};
  const first = Math.max(1, line - AROUND);
  const shown = lines.slice(first - 1, line + AROUND).map((text) => text.slice(0, LONGEST_LINE));
  return { context: { first, lines: shown } };
}

async function readCode(path: string): Promise<Code> {
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
