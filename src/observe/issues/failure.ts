// What an attempt that failed comes to: its class, and the issue that it is one more of. Pure.
import { createHash } from "node:crypto";
import { documentOf, type Frame, framesOf, LONGEST_SHOWN } from "./frames.ts";

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
  | "recursion"
  | "partial batch"
  | "stream blocked"
  | "dropped"
  | "logged";

/** Changes with the way issues are grouped: what was grouped by another is not compared with it. */
const GROUPING = "v2";

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
interface Attempted {
  readonly functionName: string;
  readonly failed: boolean;
  readonly errorType?: string | undefined;
  readonly isInit?: boolean | undefined;
  /** The error document, as JSON text. */
  readonly result?: string | undefined;
  /** The stack, where it was told from what the code was made of. */
  readonly frames?: readonly Frame[] | undefined;
  /** Ids of a batch's records, a `!` before each that failed by itself. */
  readonly items?: string | undefined;
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
  const frames = attempt.frames ?? framesOf(document);
  const kind = classOf(type, message);
  const phased = attempt.isInit && (kind === "handler" || kind === "exit") ? "init" : kind;
  return failureBy(phased, functionName, { type, message, frames });
}

interface Told {
  readonly type: string;
  readonly message: string;
  readonly frames: readonly Frame[];
}

/** What follows tells errors apart no more, and would take long to look through. */
const LONGEST_MESSAGE = 2_000;
const MOST_PLACES = 50;

/**
 * By the function's own calls, without the numbers of their lines, which every change moves, and by the text
 * of the line that failed: what a function throws in two places are two errors. Else by the words.
 */
export function failureBy(kind: IssueClass, functionName: string, { type, message, frames }: Told): Failure {
  const words = withoutFolder(withoutRequest(message.slice(0, LONGEST_MESSAGE)));
  const title = `${type}: ${words}`.replace(/: $/, "").replaceAll(/\s+/g, " ").slice(0, 300);
  const own = frames.filter((frame) => frame.own);
  const calls = own.map(({ file, name }) => `${file} ${name}`);
  // Each once: recursion is the same error however deep it was.
  const places = [...new Set(calls)].slice(0, MOST_PLACES);
  const by = places.length > 0 ? [...places, ...lineOf(own[0])] : [masked(words)];
  return grouped(kind, title, [functionName, type, ...by]);
}

/** The text of a call's line. One that is cut is a minifier's, and another one after the next build. */
function lineOf({ context, line = 0 }: Partial<Frame> = {}): string[] {
  const text = context?.lines[line - context.first] ?? "";
  return text.trim() === "" || text.length >= LONGEST_SHOWN ? [] : [text.trim()];
}

export function grouped(kind: IssueClass, title: string, by: readonly string[]): Failure {
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

export function classOf(type: string, message: string): IssueClass {
  const found = CLASSES.find(([, pattern]) => pattern.test(type));
  if (found) return found[0];
  return /is not authorized to perform|AccessDenied/.test(message) ? "permission" : "handler";
}

/** AWS's sandbox puts the request before its words. */
const withoutRequest = (message: string) => message.replace(/^RequestId: \S+ (Error: )?/, "");

/** Code lies in a folder that has its hash in its name; on AWS it is always this one. */
const withoutFolder = (message: string) =>
  message.replace(/(?:file:\/\/)?\/[^\s'"]*\/code\/[0-9a-f]{64}\//g, "/var/task/");

/** Without what differs from one time to the next. */
function masked(message: string): string {
  return message
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "<uuid>")
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, "<time>")
    .replace(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, "<address>")
    .replace(/\b[0-9a-f]{12,}\b/gi, "<hex>")
    .replace(/"[^"]*"|'[^']*'/g, "<text>")
    .replace(/[\w-]+/g, (word) => (/\d/.test(word) && /[a-z]/i.test(word) ? "<id>" : word))
    .replace(/\d+(\.\d+)?/g, "<n>");
}
