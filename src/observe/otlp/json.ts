// Traces of OpenTelemetry in JSON. Pure.
// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
import type { ReadSpan, Value } from "./read-span.ts";

type Members = Readonly<Record<string, unknown>>;

/** The text is no request, though it is JSON. */
export class NoRequest extends Error {
  override readonly name = "NoRequest";
}

/** The spans of a request; undefined in the place of each that is none. */
export function fromJson(request: unknown): (ReadSpan | undefined)[] {
  return listOf(membersOf(request).resourceSpans).flatMap((group) => {
    const { resource, scopeSpans } = membersOf(group);
    const about = pairs(membersOf(resource ?? {}).attributes);
    return listOf(scopeSpans).flatMap((scope) =>
      listOf(membersOf(scope).spans).map((span) => spanOf(span, about)),
    );
  });
}

function spanOf(value: unknown, resource: ReadSpan["resource"]): ReadSpan | undefined {
  try {
    const span = membersOf(value);
    const status = membersOf(span.status ?? {});
    const thrown = listOf(span.events)
      .map(membersOf)
      .find(({ name }) => name === "exception");
    return {
      traceId: textOf(span.traceId).toLowerCase(),
      spanId: textOf(span.spanId).toLowerCase(),
      parentId: textOf(span.parentSpanId).toLowerCase(),
      name: textOf(span.name),
      startNs: wholeOf(span.startTimeUnixNano),
      endNs: wholeOf(span.endTimeUnixNano),
      attributes: pairs(span.attributes),
      failed: status.code === 2 || status.code === "STATUS_CODE_ERROR",
      message: textOf(status.message),
      exception: pairs(thrown?.attributes),
      resource,
    };
  } catch (error) {
    if (error instanceof NoRequest) return undefined;
    throw error;
  }
}

function pairs(value: unknown): Record<string, Value> {
  return Object.fromEntries(
    listOf(value).flatMap((pair) => {
      const { key, value: told } = membersOf(pair);
      const plain = plainOf(membersOf(told ?? {}));
      return plain === undefined ? [] : [[textOf(key), plain]];
    }),
  );
}

function plainOf({ stringValue, boolValue, intValue, doubleValue }: Members): Value | undefined {
  if (stringValue !== undefined) return textOf(stringValue);
  if (boolValue !== undefined) return boolValue === true;
  if (intValue === undefined && doubleValue === undefined) return undefined;
  const number = Number(intValue ?? doubleValue);
  // `NaN` and `Infinity` are texts here, and no numbers to anybody who reads JSON.
  return Number.isFinite(number) ? number : String(intValue ?? doubleValue).slice(0, 20);
}

/** What is null is absent. */
const listOf = (value: unknown): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new NoRequest("a list is none");
  return value;
};

function membersOf(value: unknown): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NoRequest("an object is none");
  return value as Members;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new NoRequest("a text is none");
  return value;
}

function wholeOf(value: unknown): bigint {
  if (typeof value === "number" && value >= 0 && value < 2 ** 64) return BigInt(Math.round(value));
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) throw new NoRequest("a number is none");
  return BigInt(value);
}
