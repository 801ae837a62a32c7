// What an attempt that failed comes to: its class, and the issue that it is one more of. Pure.
import { createHash } from "node:crypto";

/** The first thing to know of an error: who has to do what about it. */
export type IssueClass =
  | "handler"
  | "init"
  | "import"
  | "timeout"
  | "out of memory"
  | "exit"
  | "throttle"
  | "permission"
  | "payload"
  | "extension"
  | "partial batch"
  | "recursion";

/** Changes with the way issues are grouped: what was grouped by another is not compared with it. */
const GROUPING = "v1";

export interface Failure {
  /** 12 hex: the same for all attempts that failed alike. */
  readonly issue: string;
  readonly class: IssueClass;
  /** `TypeError: Cannot read properties of undefined`, as the last one said it. */
  readonly title: string;
  /** What the issue's id was made of, in order. */
  readonly grouped: readonly string[];
}

/** An attempt as its failure is told from it. */
export interface Attempted {
  readonly functionName: string;
  readonly failed: boolean;
  readonly errorType?: string | undefined;
  /** The error document, as JSON text. */
  readonly result?: string | undefined;
  /** Ids of a batch's records, a `!` before each that failed by itself. */
  readonly items?: string | undefined;
}

interface ErrorDocument {
  readonly errorType?: unknown;
  readonly errorMessage?: unknown;
  /** Node's. */
  readonly trace?: unknown;
  readonly stack?: unknown;
  /** Python's. */
  readonly stackTrace?: unknown;
}

/** What failed about an attempt; undefined where nothing did. */
export function failureOf(attempt: Attempted): Failure | undefined {
  const { functionName, failed, items = "" } = attempt;
  if (!failed) {
    if (!items.includes("!")) return undefined;
    return grouped("partial batch", "Records of a batch failed by themselves", [functionName]);
  }
  const document = documentOf(attempt.result);
  const type = String(attempt.errorType ?? document.errorType ?? "Error");
  const message = typeof document.errorMessage === "string" ? document.errorMessage : "";
  const kind = classOf(type, message);
  const title = `${type}: ${withoutRequest(message)}`.replace(/: $/, "").slice(0, 300);
  const frames = framesOf(document).filter(({ own }) => own);
  const places = frames.map(({ file, name }) => `${file} ${name}`);
  const by = places.length > 0 ? places : [masked(withoutRequest(message))];
  return grouped(kind, title, [functionName, type, ...by]);
}

function grouped(kind: IssueClass, title: string, by: readonly string[]): Failure {
  const all = [GROUPING, kind, ...by];
  const issue = createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 12);
  return { issue, class: kind, title, grouped: all };
}

const CLASSES: readonly (readonly [IssueClass, RegExp])[] = [
  [
    "import",
    /^Runtime\.(ImportModuleError|HandlerNotFound|UserCodeSyntaxError|MalformedHandlerName|BuiltIn)/,
  ],
  ["timeout", /^Sandbox\.Timeout$/],
  ["out of memory", /^Runtime\.OutOfMemory$/],
  ["extension", /^Extension\./],
  ["exit", /^(Runtime\.ExitError|Runtime\.InvalidEntrypoint|Sandbox\.)/],
  ["payload", /^(Runtime\.(Un)?[Mm]arshalError|Function\.ResponseSizeTooLarge|RequestEntityTooLarge)/],
  ["permission", /^(AccessDenied|Unauthorized|NotAuthorized|InvalidClientTokenId|UnrecognizedClient)/],
  ["throttle", /(Throttl|TooManyRequests|ThroughputExceeded|LimitExceeded|SlowDown|RequestLimit)/],
  ["init", /^Runtime\.(Init|Unknown)/],
];

function classOf(type: string, message: string): IssueClass {
  const found = CLASSES.find(([, pattern]) => pattern.test(type));
  if (found) return found[0];
  return /is not authorized to perform|AccessDenied/.test(message) ? "permission" : "handler";
}

function documentOf(text: string | undefined): ErrorDocument {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return typeof value === "object" && value !== null ? (value as ErrorDocument) : {};
  } catch {
    return {};
  }
}

/** AWS's sandbox puts the request before its words. */
const withoutRequest = (message: string) => message.replace(/^RequestId: \S+ (Error: )?/, "");

export interface Frame {
  /** Below the function's folder, where it is the function's own. */
  readonly file: string;
  readonly line: number | undefined;
  readonly name: string;
  /** Of the function's own code, not of a library or the runtime. */
  readonly own: boolean;
}

/** The stack of an error document, the innermost call first. */
function framesOf(document: ErrorDocument): Frame[] {
  const { trace, stack, stackTrace } = document;
  const node = Array.isArray(trace) ? trace : typeof stack === "string" ? stack.split("\n") : [];
  if (node.length > 0) return ofFunction(node.flatMap((line) => nodeFrame(String(line)) ?? []));
  const python = Array.isArray(stackTrace) ? stackTrace.map(String) : [];
  return python.flatMap((line) => pythonFrame(line) ?? []).reverse();
}

/** Without the runtime's own calls. */
const ofFunction = (frames: Frame[]) => {
  const last = frames.findLastIndex(({ own }) => own);
  return last < 0 ? frames : frames.slice(0, last + 1);
};

export const framesIn = (result: string | undefined): Frame[] => framesOf(documentOf(result));

/** `    at load (file:///…/code/<hash>/src/app.mjs:3:9)` */
function nodeFrame(line: string): Frame | undefined {
  const [, name = "<anonymous>", path, at] =
    /^\s*at (?:(?:async )?(.+?) \()?(?:file:\/\/)?([^()]+?):(\d+):\d+\)?$/.exec(line) ?? [];
  return path === undefined ? undefined : { ...placeOf(path), line: Number(at), name };
}

/** `  File "/…/code/<hash>/app.py", line 3, in handler` */
function pythonFrame(line: string): Frame | undefined {
  const [, path, at, name = ""] = /File "([^"]+)", line (\d+), in (\S+)/.exec(line) ?? [];
  return path === undefined ? undefined : { ...placeOf(path), line: Number(at), name };
}

function placeOf(path: string): Pick<Frame, "file" | "own"> {
  const [, below] = /\/code\/[0-9a-f]{64}\/(.+)$/.exec(path) ?? [];
  const file = below ?? path;
  const foreign = below === undefined || /(^|\/)(node_modules|site-packages)\//.test(file);
  return { file, own: !foreign };
}

/** Without what differs from one time to the next. */
function masked(message: string): string {
  return message
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<uuid>")
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, "<time>")
    .replace(/\b[0-9a-f]{12,}\b/gi, "<hex>")
    .replace(/"[^"]*"|'[^']*'/g, "<text>")
    .replace(/\d+(\.\d+)?/g, "<n>");
}
