// Reads the code behind stacks while it is there: source maps, and the lines around each call.
import { posix } from "node:path";
import { type Code, readCode, readSources, type Sources } from "./code.ts";
import { documentOf, type Frame, framesOf, isLibrary, LONGEST_SHOWN, type RawFrame } from "./frames.ts";

const MOST_FILES = 500;
/** Lines before and after the one that failed, and how many calls are shown so. */
const AROUND = 2;
const MOST_SHOWN = 5;

/** Where a package's code lies. */
const FOLDER = /^.*\/code\/[0-9a-f]{64}(?=\/)/;

/** Stacks of functions' errors, told by the sources they were made of. */
export class Stacks {
  readonly #codes = new Map<string, Code | Promise<void>>();
  readonly #folders = new Map<string, Sources | Promise<void>>();

  /**
   * Begins to read the code that an error document's stack lies in: soon it may be gone. `isMapped`: the
   * runtime has read the source maps itself, and tells the sources' own lines.
   */
  prepare(document: Uint8Array, isMapped = false): void {
    for (const { own, path } of framesOf(documentOf(new TextDecoder().decode(document)))) {
      if (!own) continue;
      begin(this.#codes, path, readCode);
      const [folder] = (isMapped && FOLDER.exec(path)) || [];
      if (folder !== undefined) begin(this.#folders, folder, readSources);
    }
  }

  /** Resolves once all that is being read has been; undefined when nothing is. */
  settled(): Promise<unknown> | undefined {
    const reading = [...this.#codes.values(), ...this.#folders.values()].filter(isBeingRead);
    return reading.length === 0 ? undefined : Promise.all(reading);
  }

  /** The stack of an error document, the innermost call first. */
  explain(result: string | undefined, isMapped = false): Frame[] {
    let shown = 0;
    return framesOf(documentOf(result)).map((raw) => {
      const { path, ...frame } = raw;
      const code = this.#codes.get(path);
      if (!frame.own || code === undefined || isBeingRead(code)) return frame;
      if (!isMapped) return explained(raw, code, ++shown <= MOST_SHOWN);
      const lines = this.#sourceAt(path) ?? code.lines;
      return ++shown <= MOST_SHOWN ? { ...frame, ...around(lines, frame.line ?? 1) } : frame;
    });
  }

  #sourceAt(path: string): readonly string[] | undefined {
    const sources = this.#folders.get(FOLDER.exec(path)?.[0] ?? "");
    return sources === undefined || isBeingRead(sources) ? undefined : sources.get(path);
  }
}

const isBeingRead = (read: unknown): read is Promise<void> => read instanceof Promise;

function begin<T>(read: Map<string, T | Promise<void>>, path: string, from: (path: string) => Promise<T>) {
  if (read.has(path)) return;
  if (read.size >= MOST_FILES) read.clear();
  const reading = from(path).then((found) => {
    if (read.get(path) === reading) read.set(path, found);
  });
  read.set(path, reading);
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
  const shown = lines.slice(first - 1, line + AROUND).map((text) => text.slice(0, LONGEST_SHOWN));
  return { context: { first, lines: shown } };
}
