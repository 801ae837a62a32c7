// Traces of OpenTelemetry, in JSON or protocol buffers, as the platform's spans. Pure.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
import { gunzipSync } from "node:zlib";
import type { Scope } from "../../kernel/scope.ts";
import type { Span } from "../../kernel/telemetry.ts";
import { Message, NoMessage } from "./protobuf.ts";

type Value = string | number | boolean;

/** What both encodings come to. */
interface ReadSpan {
  /** 32 hex. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly failed: boolean;
  readonly message: string;
  /** The attributes of the exception it tells of. */
  readonly exception: Readonly<Record<string, Value>>;
  readonly resource: Readonly<Record<string, Value>>;
}

const LARGEST_BYTES = 16 * 1024 * 1024;
const GZIP = [0x1f, 0x8b];

/** The spans of an ExportTraceServiceRequest; undefined for what is none. */
export function readTraces(body: Uint8Array, owner: Scope): Span[] | undefined {
  try {
    const bytes = GZIP.every((byte, at) => body[at] === byte)
      ? gunzipSync(body, { maxOutputLength: LARGEST_BYTES })
      : body;
    const isJson = bytes[0] === "{".charCodeAt(0);
    const read = isJson ? fromJson(JSON.parse(Buffer.from(bytes).toString("utf8"))) : fromMessage(bytes);
    return read.filter(({ traceId, spanId }) => traceId.length === 32 && spanId.length === 16).map(spanOf);
  } catch (error) {
    if (error instanceof NoMessage || error instanceof SyntaxError || error instanceof TypeError)
      return undefined;
    if (error instanceof RangeError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }

  function spanOf(read: ReadSpan): Span {
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
      name: read.name,
      startMs: Number(read.startNs) / 1e6,
      durationMs: Math.max(0, Number(read.endNs - read.startNs) / 1e6),
      status: read.failed ? "fault" : "ok",
      ...(kind === undefined ? {} : { errorType: String(kind) }),
      ...(message === undefined ? {} : { errorMessage: String(message) }),
      attributes: {
        ...Object.fromEntries(
          Object.entries(read.attributes).map(([name, value]) => [`annotation.${name}`, value]),
        ),
        ...(service === undefined ? {} : { service }),
      },
    };
  }
}

function fromMessage(bytes: Uint8Array): ReadSpan[] {
  return new Message(bytes).messages(1).flatMap((group) => {
    const resource = pairs(group.messages(1).flatMap((each) => each.messages(1)));
    const spans = group.messages(2).flatMap((scope) => scope.messages(2));
    return spans.map((span): ReadSpan => {
      const [status] = span.messages(15);
      const thrown = span.messages(11).find((event) => event.text(2) === "exception");
      return {
        traceId: hex(span.bytes(1)),
        spanId: hex(span.bytes(2)),
        parentId: hex(span.bytes(4)),
        name: span.text(5) ?? "",
        startNs: span.fixed64(7) ?? 0n,
        endNs: span.fixed64(8) ?? 0n,
        attributes: pairs(span.messages(9)),
        failed: status?.whole(3) === 2n,
        message: status?.text(2) ?? "",
        exception: thrown ? pairs(thrown.messages(3)) : {},
        resource,
      };
    });
  });
}

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

function pairs(all: readonly Message[]): Record<string, Value> {
  return Object.fromEntries(
    all.flatMap((pair) => {
      const [value] = pair.messages(2);
      const plain = value && plainOf(value);
      return plain === undefined ? [] : [[pair.text(1) ?? "", plain]];
    }),
  );
}

/** Lists and maps are left out: nobody filters by them. */
function plainOf(value: Message): Value | undefined {
  const text = value.text(1);
  if (text !== undefined) return text;
  const truth = value.whole(2);
  if (truth !== undefined) return truth === 1n;
  const whole = value.whole(3);
  return whole === undefined ? value.double(4) : Number(BigInt.asIntN(64, whole));
}

interface JsonPair {
  readonly key?: string;
  readonly value?: {
    readonly stringValue?: string;
    readonly boolValue?: boolean;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
  };
}

interface JsonSpan {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly startTimeUnixNano?: string | number;
  readonly endTimeUnixNano?: string | number;
  readonly attributes?: readonly JsonPair[];
  readonly events?: readonly { readonly name?: string; readonly attributes?: readonly JsonPair[] }[];
  readonly status?: { readonly code?: number | string; readonly message?: string };
}

interface JsonRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly JsonPair[] };
    readonly scopeSpans?: readonly { readonly spans?: readonly JsonSpan[] }[];
  }[];
}

function fromJson({ resourceSpans = [] }: JsonRequest): ReadSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span): ReadSpan => {
        const thrown = span.events?.find(({ name }) => name === "exception");
        return {
          traceId: span.traceId ?? "",
          spanId: span.spanId ?? "",
          parentId: span.parentSpanId ?? "",
          name: span.name ?? "",
          startNs: BigInt(span.startTimeUnixNano ?? 0),
          endNs: BigInt(span.endTimeUnixNano ?? 0),
          attributes: jsonPairs(span.attributes),
          failed: span.status?.code === 2 || span.status?.code === "STATUS_CODE_ERROR",
          message: span.status?.message ?? "",
          exception: jsonPairs(thrown?.attributes),
          resource: jsonPairs(resource?.attributes),
        };
      }),
    ),
  );
}

function jsonPairs(all: readonly JsonPair[] = []): Record<string, Value> {
  return Object.fromEntries(
    all.flatMap(({ key = "", value = {} }) => {
      const { stringValue, boolValue, intValue, doubleValue } = value;
      const plain = stringValue ?? boolValue ?? (intValue === undefined ? doubleValue : Number(intValue));
      return plain === undefined ? [] : [[key, plain]];
    }),
  );
}
