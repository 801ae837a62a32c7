// Segment documents as functions and daemons send them, and the spans that they come to. Pure.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
import type { Span } from "../../kernel/telemetry.ts";

export type Members = Readonly<Record<string, unknown>>;

export const membersOf = (value: unknown): Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};

/** Why a document was not taken, as AWS tells it. */
export interface Refused {
  readonly Id?: string;
  readonly ErrorCode: string;
  readonly Message: string;
}

const ID = /^[0-9a-f]{16}$/;
const TRACE = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;

type Owner = Pick<Span, "account" | "region" | "requestId">;

type Read = { readonly spans: Span[]; readonly inProgress: boolean } | { readonly refused: Refused };

/**
 * The spans of a document and of all that lies within it; what is still in progress has not lasted yet. The
 * outermost keeps the document, so that it is given back as it came.
 */
export function spansOf(text: string, owner: Owner): Read {
  let document: Members;
  try {
    document = membersOf(JSON.parse(text));
  } catch {
    return { refused: { ErrorCode: "ParseError", Message: "Invalid segment. ErrorCode: ParseError" } };
  }
  const { id, name, trace_id: traceId, start_time: start, in_progress: open, end_time: end } = document;
  const refuse = (code: string) => ({
    refused: {
      ...(typeof id === "string" ? { Id: id } : {}),
      ErrorCode: code,
      Message: `Invalid segment. ErrorCode: ${code}`,
    },
  });
  if (typeof id !== "string" || !ID.test(id)) return refuse("MissingId");
  if (typeof traceId !== "string" || !TRACE.test(traceId)) return refuse("MissingTraceId");
  if (typeof name !== "string" || name === "" || name.length > 200) return refuse("MissingName");
  if (typeof start !== "number") return refuse("MissingStartTime");
  if (typeof end !== "number" && open !== true) return refuse("MissingEndTime");
  const parent = typeof document.parent_id === "string" ? document.parent_id : undefined;
  const inProgress = open === true;
  const ended = inProgress ? { ...document, end_time: start } : document;
  return { spans: flattened(ended, traceId, parent, owner, text), inProgress };
}

function flattened(
  part: Members,
  traceId: string,
  parentId: string | undefined,
  owner: Owner,
  document?: string,
): Span[] {
  const { id, name, start_time: start, end_time: end, subsegments } = part;
  if (typeof id !== "string" || typeof start !== "number" || typeof end !== "number") return [];
  const span: Span = {
    ...owner,
    traceId,
    spanId: id,
    ...(parentId === undefined ? {} : { parentId }),
    kind: "custom",
    name: String(name),
    startMs: start * 1000,
    durationMs: Math.max(0, (end - start) * 1000),
    ...statusOf(part),
    attributes: { ...attributesOf(part), ...(document === undefined ? {} : { document }) },
  };
  const inner = Array.isArray(subsegments) ? subsegments.map(membersOf) : [];
  return [span, ...inner.flatMap((each) => flattened(each, traceId, id, owner))];
}

function statusOf(part: Members): Pick<Span, "status" | "errorType" | "errorMessage"> {
  const { fault, throttle, error } = part;
  const status = fault ? "fault" : throttle ? "throttle" : error ? "error" : "ok";
  const { exceptions } = membersOf(part.cause);
  const exception = membersOf(Array.isArray(exceptions) ? exceptions[0] : undefined);
  return {
    status,
    ...(typeof exception.type === "string" ? { errorType: exception.type } : {}),
    ...(typeof exception.message === "string" ? { errorMessage: exception.message } : {}),
  };
}

type Attributes = Record<string, string | number | boolean>;

function attributesOf(part: Members): Attributes {
  const found: Attributes = {};
  const add = (name: string, value: unknown) => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      found[name] = value;
  };
  for (const [name, value] of Object.entries(membersOf(part.annotations))) add(`annotation.${name}`, value);
  const { request, response } = membersOf(part.http);
  for (const [name, value] of Object.entries(membersOf(request))) add(`http.${name}`, value);
  add("httpStatus", membersOf(response).status);
  for (const [name, value] of Object.entries(membersOf(part.aws))) add(`aws.${name}`, value);
  for (const [name, value] of Object.entries(membersOf(part.sql))) add(`sql.${name}`, value);
  for (const name of ["namespace", "origin", "user"]) add(name, part[name]);
  if (part.in_progress === true) found.inProgress = true;
  return found;
}
