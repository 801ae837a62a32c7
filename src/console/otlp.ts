import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Scope } from "../kernel/scope.ts";
import { toProtobuf } from "../observe/export/wire.ts";
import type { Observe } from "../observe/observe.ts";
import { readTraces } from "../observe/otlp/traces.ts";

interface Options {
  readonly observe: Pick<Observe, "recorder">;
  readonly clock: Pick<Clock, "now">;
  /** In whose name spans are kept: they do not say it themselves. */
  readonly defaults: Scope;
}

const PROTOBUF = "application/x-protobuf";
const REJECTED = "Spans whose ids or times make no sense were not taken.";

/** `POST /_nuage/otlp/v1/traces`: spans of OpenTelemetry, in JSON or protocol buffers; answers alike. */
export function otlpPage(
  { observe, clock, defaults }: Options,
  request: AdminRequest,
  kind: string,
): AdminResponse {
  if (kind !== "traces") {
    return { status: 501, json: { message: `OpenTelemetry's ${kind} are not taken yet: traces are.` } };
  }
  const read = readTraces(request.body, defaults, clock.now());
  if (!read) return { status: 400, json: { message: "The body is no ExportTraceServiceRequest." } };
  for (const span of read.spans) observe.recorder.span(span);
  const { rejected, isJson } = read;
  const partialSuccess = { rejectedSpans: String(rejected), errorMessage: REJECTED };
  const answer = rejected === 0 ? {} : { partialSuccess };
  if (isJson) return { status: 200, json: answer };
  return { status: 200, bytes: only(toProtobuf("answer", answer)), contentType: PROTOBUF };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
