// Traces of OpenTelemetry, in JSON or protocol buffers, as the platform's spans. Pure.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
import { unzipSync } from "node:zlib";
import type { Scope } from "../../kernel/scope.ts";
import type { Span } from "../../kernel/telemetry.ts";
import { fromJson, NoRequest } from "./json.ts";
import { fromMessage } from "./message.ts";
import { NoMessage } from "./protobuf.ts";
import type { ReadSpan, Value } from "./read-span.ts";

const LARGEST_BYTES = 16 * 1024 * 1024;

/**
 * What is kept of one span; of what is more, nothing. The number of attributes is OpenTelemetry's own limit.
 * https://opentelemetry.io/docs/specs/otel/common/#attribute-limits
 */
const MOST = { attributes: 128, name: 1_000, text: 8_000, texts: 32_000 } as const;

/** AWS's own endpoint takes no spans that are more than two hours ahead. */
const AHEAD_NS = 2n * 3_600n * 1_000_000_000n;

/** What a request comes to. */
export interface ReadTraces {
  readonly spans: readonly Span[];
  /** Spans that are none: their ids or times make no sense. */
  readonly rejected: number;
  readonly isJson: boolean;
}

/** Of an ExportTraceServiceRequest; undefined for what is none. */
export function readTraces(body: Uint8Array, owner: Scope, nowMs: number): ReadTraces | undefined {
  try {
    const bytes = unpacked(body);
    const isJson = bytes[0] === "{".charCodeAt(0);
    const read = isJson ? fromJson(JSON.parse(Buffer.from(bytes).toString("utf8"))) : fromMessage(bytes);
    const latestNs = BigInt(Math.ceil(nowMs)) * 1_000_000n + AHEAD_NS;
    const sound = read.filter((span) => span !== undefined).filter((span) => isSound(span, latestNs));
    const spans = sound.map((span) => asSpan(span, owner));
    return { spans, rejected: read.length - sound.length, isJson };
  } catch (error) {
    const isTheirs = [NoMessage, NoRequest, SyntaxError, RangeError].some((kind) => error instanceof kind);
    if (isTheirs || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

/** By its first bytes: not every client says that it has compressed it. */
function unpacked(body: Uint8Array): Uint8Array {
  const [first, second = 0] = body;
  const isGzip = first === 0x1f && second === 0x8b;
  const isDeflated = first === 0x78 && (0x7800 + second) % 31 === 0;
  return isGzip || isDeflated ? unzipSync(body, { maxOutputLength: LARGEST_BYTES }) : body;
}

function isSound({ traceId, spanId, parentId, startNs, endNs }: ReadSpan, latestNs: bigint): boolean {
  const isParent = parentId === "" || /^[0-9a-f]{16}$/.test(parentId);
  const isNamed = /^(?!0+$)[0-9a-f]{32}$/.test(traceId) && /^(?!0+$)[0-9a-f]{16}$/.test(spanId);
  return isNamed && isParent && startNs > 0n && startNs <= latestNs && endNs <= latestNs;
}

function asSpan(read: ReadSpan, owner: Scope): Span {
  const { exception } = read;
  const kind = exception["exception.type"];
  const message = exception["exception.message"] ?? (read.message || undefined);
  const service = read.resource["service.name"];
  return {
    account: owner.account,
    region: owner.region,
    // It is of no request that the platform knows.
    requestId: read.spanId,
    traceId: `1-${read.traceId.slice(0, 8)}-${read.traceId.slice(8)}`,
    spanId: read.spanId,
    ...(read.parentId === "" ? {} : { parentId: read.parentId }),
    kind: "custom",
    name: cut(read.name, MOST.name),
    startMs: Number(read.startNs) / 1e6,
    durationMs: Math.max(0, Number(read.endNs - read.startNs) / 1e6),
    status: read.failed ? "fault" : "ok",
    ...(kind === undefined ? {} : { errorType: cut(String(kind), MOST.name) }),
    ...(message === undefined ? {} : { errorMessage: cut(String(message), MOST.text) }),
    attributes: {
      ...annotations(read.attributes),
      ...(service === undefined ? {} : { service: cut(String(service), MOST.name) }),
    },
  };
}

function annotations(attributes: ReadSpan["attributes"]): Record<string, Value> {
  let room: number = MOST.texts;
  const kept = Object.entries(attributes)
    .slice(0, MOST.attributes)
    .flatMap(([name, value]): [string, Value][] => {
      if (name.length > MOST.name || room <= 0) return [];
      const text = typeof value === "string" ? cut(value, Math.min(MOST.text, room)) : value;
      room -= name.length + (typeof text === "string" ? text.length : 0);
      return [[`annotation.${name}`, text]];
    });
  return Object.fromEntries(kept);
}

/** What was cut is seen to be. */
const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
