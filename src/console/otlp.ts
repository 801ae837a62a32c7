import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Observe } from "../observe/observe.ts";
import { readTraces } from "../observe/otlp/traces.ts";

interface Options {
  readonly observe: Pick<Observe, "recorder">;
  /** In whose name spans are kept: they do not say it themselves. */
  readonly defaults: Scope;
}

/** `POST /_nuage/otlp/v1/traces`: takes spans of OpenTelemetry, in JSON or protocol buffers. */
export function otlpPage({ observe, defaults }: Options, request: AdminRequest, kind: string): AdminResponse {
  if (kind !== "traces") {
    return { status: 501, json: { message: `OpenTelemetry's ${kind} are not taken yet: traces are.` } };
  }
  const spans = readTraces(request.body, defaults);
  if (!spans) return { status: 400, json: { message: "The body is no ExportTraceServiceRequest." } };
  for (const span of spans) observe.recorder.span(span);
  return { status: 200, json: { partialSuccess: {} } };
}
