// Traces of OpenTelemetry in protocol buffers. Pure.
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
import { Message, NoMessage } from "./protobuf.ts";
import type { ReadSpan, Value } from "./read-span.ts";

/** The spans of a request; undefined in the place of each that is none. */
export function fromMessage(bytes: Uint8Array): (ReadSpan | undefined)[] {
  return new Message(bytes).messages(1).flatMap((group) => {
    const resource = pairs(group.messages(1).flatMap((each) => each.messages(1)));
    const spans = group.messages(2).flatMap((scope) => scope.messages(2));
    return spans.map((span) => spanOf(span, resource));
  });
}

function spanOf(span: Message, resource: ReadSpan["resource"]): ReadSpan | undefined {
  try {
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
  } catch (error) {
    if (error instanceof NoMessage) return undefined;
    throw error;
  }
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

function plainOf(value: Message): Value | undefined {
  const text = value.text(1);
  if (text !== undefined) return text;
  const truth = value.whole(2);
  if (truth !== undefined) return truth === 1n;
  const whole = value.whole(3);
  const number = whole === undefined ? value.double(4) : Number(BigInt.asIntN(64, whole));
  return number === undefined || Number.isFinite(number) ? number : String(number);
}
