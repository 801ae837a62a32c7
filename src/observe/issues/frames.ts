// Stacks as functions' runtimes write them. Pure.

/** One call of a stack. */
export interface Frame {
  /** Below the function's folder, where it is its own; as its source map says, where it has one. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly name: string;
  /** Of the function's own code, not of a library or the runtime. */
  readonly own: boolean;
  /** The lines around it, and the number of the first of them. */
  readonly context?: { readonly first: number; readonly lines: readonly string[] };
  /** Where it lies in what was deployed, if its source map says otherwise: `index.js:1:2043`. */
  readonly generated?: string;
}

/** A frame with the file as the process saw it, while that is still there. */
export interface RawFrame extends Frame {
  readonly path: string;
}

/** What a runtime tells of an error: Node's `trace` or `stack`, Python's `stackTrace`. */
export interface ErrorDocument {
  readonly errorType?: unknown;
  readonly errorMessage?: unknown;
  readonly trace?: unknown;
  readonly stack?: unknown;
  readonly stackTrace?: unknown;
}

/** The most that is shown of a line of code. */
export const LONGEST_SHOWN = 200;

/** A stack of more lines, and a line that is longer, is not read as one. */
const MOST_LINES = 10_000;
const LONGEST_LINE = 10_000;
const LONGEST = { text: 2_000, list: 100 };

export function documentOf(text: string | undefined): ErrorDocument {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return typeof value === "object" && value !== null ? (value as ErrorDocument) : {};
  } catch {
    return {};
  }
}

/** Of a document that is too large to keep: what an error is told by. */
export function shortened(text: string): string {
  const { errorType, errorMessage, trace, stack, stackTrace } = documentOf(text);
  const all = { errorType, errorMessage, trace, stack, stackTrace };
  return JSON.stringify(all, (_, value: unknown) => {
    if (typeof value === "string" && value.length > LONGEST.text) return `${value.slice(0, LONGEST.text)}…`;
    return Array.isArray(value) ? value.slice(0, LONGEST.list) : value;
  });
}

/** The stack of an error document, the innermost call first, without the runtime's own calls. */
export function framesOf({ trace, stack, stackTrace }: ErrorDocument): RawFrame[] {
  for (const lines of [trace, typeof stack === "string" ? stack.split("\n") : undefined, stackTrace]) {
    if (!Array.isArray(lines) || lines.length === 0) continue;
    const frames = framesIn(lines.map(String));
    if (frames.length > 0) return frames;
  }
  return [];
}

export function framesIn(all: readonly string[]): RawFrame[] {
  const lines = all.slice(0, MOST_LINES).filter(({ length }) => length <= LONGEST_LINE);
  const node = lines.flatMap((line) => nodeFrame(line) ?? []);
  const frames = node.length > 0 ? node : lines.flatMap((line) => pythonFrame(line) ?? []).reverse();
  const last = frames.findLastIndex(({ own }) => own);
  return last < 0 ? frames : frames.slice(0, last + 1);
}

/** `    at load (file:///…/code/<hash>/src/app.mjs:3:9)` */
function nodeFrame(line: string): RawFrame | undefined {
  const [, name = "<anonymous>", path, at, column] =
    /^\s*at (?:(?:async )?(.+?) \()?(?:file:\/\/)?([^()]+?):(\d+):(\d+)\)?$/.exec(line) ?? [];
  return path === undefined
    ? undefined
    : { ...placeOf(path), path, line: Number(at), column: Number(column), name };
}

/** `  File "/…/code/<hash>/app.py", line 3, in handler`, or `… Line 3` of what could not be read. */
function pythonFrame(line: string): RawFrame | undefined {
  const [, path, at, name = "<module>"] = /File "([^"]+)",? [Ll]ine (\d+)(?:, in (\S+))?/.exec(line) ?? [];
  return path === undefined ? undefined : { ...placeOf(path), path, line: Number(at), name };
}

/** Where code is unpacked there is a folder for each package, by its hash. */
const CODE = /\/code\/[0-9a-f]{64}\/(.+)$/;

/** Node has followed a source map itself: the source lies where it was written, not where the code is. */
const SOURCE = /\.(ts|tsx|mts|cts|jsx)$/;

function placeOf(path: string): Pick<Frame, "file" | "own"> {
  const [, below] = CODE.exec(path) ?? [];
  if (below !== undefined) return { file: below, own: !isLibrary(below) };
  if (!SOURCE.test(path) || isLibrary(path)) return { file: path, own: false };
  return { file: /(^|\/)(src\/.+)$/.exec(path)?.[2] ?? path.split("/").slice(-2).join("/"), own: true };
}

export const isLibrary = (file: string): boolean => /(^|\/)(node_modules|site-packages)\//.test(file);

/** A stack within a line of a log: `Error: x\n    at …`, or Python's `Traceback`. */
export function hasStack(message: string): boolean {
  return message.includes("\n    at ") || message.includes("\nTraceback (most recent call last)");
}
