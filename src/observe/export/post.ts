import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { OtlpSignal, OtlpTarget } from "../../kernel/otlp-target.ts";
import { Message, NoMessage } from "../otlp/protobuf.ts";
import { toProtobuf } from "./wire.ts";

/** What a collector said to one request. */
export type Answer =
  | { readonly kind: "taken"; readonly rejected: number; readonly problem?: string }
  | { readonly kind: "refused"; readonly problem: string }
  /** It may be sent again, after so long where the collector says it. */
  | { readonly kind: "later"; readonly problem: string; readonly afterMs?: number };

const pack = promisify(gzip);
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const LATER = [429, 502, 503, 504];
const PATIENCE_MS = 10_000;
const LONGEST_PROBLEM = 300;

/** A request's bytes, as they are sent and sent again. */
export async function bodyOf(target: OtlpTarget, signal: OtlpSignal, request: object): Promise<Uint8Array> {
  const isJson = target.protocol === "http/json";
  const bytes = isJson ? Buffer.from(JSON.stringify(request)) : toProtobuf(signal, request);
  return target.compression === "gzip" ? pack(bytes) : bytes;
}

/** Sends it once. Never rejects. */
export async function post(
  target: OtlpTarget,
  signal: OtlpSignal,
  body: Uint8Array,
  nowMs: number,
): Promise<Answer> {
  const isJson = target.protocol === "http/json";
  try {
    const response = await fetch(`${target.url}/v1/${signal}`, {
      method: "POST",
      headers: {
        ...target.headers,
        "content-type": isJson ? "application/json" : "application/x-protobuf",
        ...(target.compression === "gzip" ? { "content-encoding": "gzip" } : {}),
      },
      body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.ok) return taken(bytes, response.headers.get("content-type") ?? "");
    const problem = `${response.status} ${sentence(bytes)}`.trim();
    if (!LATER.includes(response.status)) return { kind: "refused", problem };
    const afterMs = waitOf(response.headers.get("retry-after"), nowMs);
    return { kind: "later", problem, ...(afterMs === undefined ? {} : { afterMs }) };
  } catch (error) {
    return { kind: "later", problem: reasonOf(error) };
  }
}

/** Of a request that was taken, some records may have been rejected: they are not sent again. */
function taken(bytes: Uint8Array, contentType: string): Answer {
  try {
    const partial = contentType.includes("json") ? partialInJson(bytes) : partialIn(bytes);
    const { rejected, problem } = partial;
    return { kind: "taken", rejected, ...(problem === "" ? {} : { problem }) };
  } catch (error) {
    // Whatever it says, it has taken them.
    if (error instanceof NoMessage || error instanceof SyntaxError) return { kind: "taken", rejected: 0 };
    throw error;
  }
}

function partialIn(bytes: Uint8Array): { rejected: number; problem: string } {
  const [partial] = new Message(bytes).messages(1);
  return { rejected: Number(partial?.whole(1) ?? 0n), problem: partial?.text(2) ?? "" };
}

function partialInJson(bytes: Uint8Array): { rejected: number; problem: string } {
  const { partialSuccess = {} } = JSON.parse(Buffer.from(bytes).toString() || "{}") as {
    readonly partialSuccess?: Readonly<Record<string, unknown>>;
  };
  const count =
    partialSuccess.rejectedSpans ?? partialSuccess.rejectedDataPoints ?? partialSuccess.rejectedLogRecords;
  return { rejected: Number(count ?? 0), problem: String(partialSuccess.errorMessage ?? "") };
}

/** What an answer says for people: text, or the message of a `Status`. */
function sentence(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("utf8");
  return text
    .replace(/[\p{Cc}\ufffd]+/gu, " ")
    .trim()
    .slice(0, LONGEST_PROBLEM);
}

/** Seconds, or a date. */
function waitOf(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/** `fetch` says little itself: its cause says more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ("code" in cause ? String(cause.code) : error.message);
}
