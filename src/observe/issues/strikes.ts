// What each record says about what fails: attempts, refused calls, given-up events, logged errors. Pure.
import { parseArn } from "../../kernel/arn.ts";
import type { LogLine, Span } from "../../kernel/telemetry.ts";
import type { KeptEvent, Numbered } from "../model.ts";
import { classOf, type Failure, failureBy, failureOf, grouped } from "./failure.ts";
import { framesIn, hasStack } from "./frames.ts";

/** An issue that was seen once more. */
export interface Strike extends Failure {
  readonly seq: number;
  readonly timeMs: number;
  readonly account: string;
  readonly region: string;
  readonly functionName: string;
  /** What of the function's was struck: an event, a record of a batch, a call. The same when tried again. */
  readonly id: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly version?: string | undefined;
  readonly environment?: string | undefined;
  /** Nobody will try again. */
  readonly isFinal: boolean;
  /** The span it was seen within: where that has failed itself, this is a part of that failure. */
  readonly parentId?: string | undefined;
  readonly from: "attempt" | "span" | "line";
}

/** What became of something that had been struck. */
export interface Ending {
  readonly seq: number;
  /** Of a strike's `id` or `requestId`. */
  readonly id: string;
  readonly isLost: boolean;
}

/** One strike for each event of a failed attempt: records of a batch are events of their own. */
export function strikesOfEvent({ seq, record }: Numbered<KeptEvent>): Strike[] {
  const failure = failureOf(record);
  if (!failure) return [];
  const { timeMs, account, region, functionName, requestId, traceId, version, environment } = record;
  const common = { seq, timeMs, account, region, functionName, requestId, traceId, version, environment };
  const ids = (record.items ?? requestId).split(" ").filter((id) => record.failed || id.startsWith("!"));
  const isFinal = record.isTold === true;
  return ids.map((id) => ({ ...failure, ...common, id: id.replace("!", ""), isFinal, from: "attempt" }));
}

export function strikesOfSpan({ seq, record: span }: Numbered<Span>): Strike[] {
  if (span.status === "ok") return [];
  const told = tellSpan(span);
  if (!told) return [];
  const { functionName, failure, ids, isFinal, parentId } = told;
  const { startMs: timeMs, account, region, requestId, traceId } = span;
  const common = { seq, timeMs, account, region, functionName, requestId, traceId, isFinal, parentId };
  return ids.map((id) => ({ ...failure, ...common, id, from: "span" }));
}

interface Told extends Pick<Strike, "functionName" | "isFinal" | "parentId"> {
  readonly failure: Failure;
  readonly ids: readonly string[];
}

function tellSpan(span: Span): Told | undefined {
  switch (span.kind) {
    case "stopped":
      return tellStopped(span);
    case "queue":
      return tellQueue(span);
    case "call":
      return span.name === "lambda.Invoke" && span.errorType === "TooManyRequestsException"
        ? tellThrottled(span)
        : tellRefused(span);
    default:
      return undefined;
  }
}

function tellStopped({ name, requestId, attributes }: Span): Told {
  const { source = "invoke", count, items } = attributes;
  const title = `Recursive loop through ${source} stopped after ${count} rounds`;
  const failure = grouped("recursion", title, [name, String(source)]);
  return { functionName: name, failure, ids: idsOf(items, requestId), isFinal: true };
}

/** Of records or messages, where it is of any. */
const idsOf = (items: Span["attributes"][string] | undefined, requestId: string): string[] =>
  items === undefined || items === "" ? [requestId] : String(items).split(" ");

/** Events that had to wait, that block what comes behind them, or that are gone without an attempt. */
function tellQueue({ name, status, errorType = "", errorMessage = "", requestId, attributes }: Span) {
  const { outcome, items } = attributes;
  const ids = idsOf(items, requestId);
  if (outcome === "refused" && status === "throttle") {
    const failure = grouped("throttle", `${errorType}: ${errorMessage}`, [name, errorType]);
    return { functionName: name, failure, ids, isFinal: false };
  }
  if (outcome === "blocked") {
    const { sourceArn, shardId } = attributes;
    const stream = String(sourceArn).split(/[:/]/).slice(6, 7).join("") || String(sourceArn);
    const by = [name, String(sourceArn)];
    const failure = grouped("stream blocked", `Records of ${stream} block shard ${shardId}`, by);
    return { functionName: name, failure, ids: [String(shardId)], isFinal: false };
  }
  if (outcome === "dropped" || outcome === "EventAgeExceeded" || outcome === "ZeroReservedConcurrency") {
    const failure = grouped("dropped", `Events given up without a run (${outcome})`, [name, outcome]);
    return { functionName: name, failure, ids, isFinal: true };
  }
  return undefined;
}

/** A synchronous invocation that found a limit in its way. */
function tellThrottled({ requestId, errorType = "", errorMessage, attributes }: Span): Told {
  const functionName = nameOf(String(attributes.functionName ?? ""));
  const failure = grouped("throttle", `${errorType}: ${errorMessage}`, [functionName, errorType]);
  const { sdkInvocationId, sdkLast = sdkInvocationId === undefined } = attributes;
  return { functionName, failure, ids: [String(sdkInvocationId ?? requestId)], isFinal: sdkLast === true };
}

/** A function's call that it may not make, or too often. What it gets wrong otherwise is the function's. */
function tellRefused(span: Span): Told | undefined {
  const { name, errorType = "", errorMessage = "", requestId, attributes, parentId } = span;
  const { caller, sdkInvocationId, sdkLast } = attributes;
  if (caller === undefined || String(caller).startsWith("arn:")) return undefined;
  const kind = classOf(errorType, errorMessage);
  if (kind !== "permission" && kind !== "throttle") return undefined;
  const functionName = String(caller);
  const failure = grouped(kind, `${name}: ${errorType}: ${errorMessage}`.slice(0, 300), [
    functionName,
    name,
    errorType,
  ]);
  const ids = [String(sdkInvocationId ?? requestId)];
  return { functionName, failure, ids, isFinal: kind === "permission" || sdkLast === true, parentId };
}

/** `resize` of a function's ARN, with or without a qualifier, or of its name. */
const nameOf = (text: string): string =>
  (parseArn(text)?.resource.replace(/^function:/, "") ?? text).split(":")[0] ?? "";

/** Errors that functions log and go on. What the runtime logs of a failure is one line without breaks. */
export function strikesOfLine({ seq, record }: Numbered<LogLine>): Strike[] {
  const { group, message, source, timeMs, account, region, requestId, traceId, stream } = record;
  if (source !== "function" || requestId === undefined || !group.startsWith("/aws/lambda/")) return [];
  const functionName = group.slice("/aws/lambda/".length);
  const told = hasStack(message) ? loggedText(message) : loggedJson(message);
  if (!told) return [];
  const failure = failureBy("logged", functionName, told);
  const common = { seq, timeMs, account, region, functionName, requestId, traceId: traceId ?? "" };
  return [
    { ...failure, ...common, id: requestId, environment: stream, isFinal: false, from: "line" as const },
  ];
}

const NAMED = /([\w.$]*(?:Error|Exception))(?::\s*(.*))?$/;
/** To look for an error's name takes the square of their length. */
const LONGEST_WORDS = 2_000;

function loggedText(message: string) {
  const isNode = message.includes("\n    at ");
  if (!(isNode ? /\t(ERROR|FATAL)\t/ : /^\[(ERROR|CRITICAL)\]/).test(message)) return undefined;
  const lines = message.split("\n");
  const words = isNode ? lines[lines.findIndex((line) => line.startsWith("    at ")) - 1] : lines.at(-1);
  const [, type = "Error", text = ""] = NAMED.exec((words ?? "").slice(0, LONGEST_WORDS)) ?? [];
  return { type, message: text, frames: framesIn(lines) };
}

/** As the runtimes' JSON format has it, or Powertools in JavaScript or Python. */
function loggedJson(message: string) {
  if (!message.includes('"level":"ERROR"') || !/"(stackTrace|stack|exception)":/.test(message))
    return undefined;
  try {
    const { message: inner, error, exception, exception_name, ...outer } = JSON.parse(message);
    if (typeof error?.stack === "string") {
      const { name = "Error", message: words = "", stack } = error;
      return { type: String(name), message: String(words), frames: framesIn(stack.split("\n")) };
    }
    if (typeof exception === "string") {
      const lines = exception.trimEnd().split("\n");
      const [, words = ""] = /^[\w.]+: (.*)/.exec(lines.at(-1) ?? "") ?? [];
      return { type: String(exception_name ?? "Exception"), message: words, frames: framesIn(lines) };
    }
    const { errorType = "Error", errorMessage = "", stackTrace } = inner?.stackTrace ? inner : outer;
    if (!Array.isArray(stackTrace)) return undefined;
    const frames = framesIn(stackTrace.map(String));
    return { type: String(errorType), message: String(errorMessage), frames };
  } catch {
    return undefined;
  }
}

/** Events that were given up, and calls that the SDK tried again with success. */
export function endingsOf({ seq, record: span }: Numbered<Span>): Ending[] {
  const { kind, status, requestId, attributes } = span;
  if (kind === "call" && status === "ok") {
    const { sdkAttempt, sdkInvocationId } = attributes;
    const isRetry = Number(sdkAttempt) > 1 && sdkInvocationId !== undefined;
    return isRetry ? [{ seq, id: String(sdkInvocationId), isLost: false }] : [];
  }
  const { outcome } = attributes;
  if (kind !== "queue" || status !== "fault") return [];
  return outcome === "refused" || outcome === "blocked" ? [] : [{ seq, id: requestId, isLost: true }];
}
