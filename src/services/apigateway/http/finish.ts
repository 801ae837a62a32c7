import type { HttpResponse } from "../../../kernel/http.ts";
import { writeDimensions } from "../../../kernel/metrics.ts";
import { renderLine, writeLine } from "../execution/access-log.ts";
import { bill, count, steps } from "../execution/report.ts";
import { resourceArn } from "../tags.ts";
import type { ProxyAnswer } from "./answer.ts";
import type { HttpCall } from "./call.ts";
import { settingsOf } from "./compiled.ts";

/** A request is billed by pieces of so much. */
const BILLED_BYTES = 512 * 1024;

/** What is noted of a request once it is answered: the access log, metrics, the bill, the span. */
export function finish(call: HttpCall, { status, headers, body }: ProxyAnswer): HttpResponse {
  const { outcome, stage } = call;
  outcome.status = status;
  outcome.responseBytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const arn = resourceArn(stage, `/apis/${stage.apiId}`);
  log(call);
  measure(call, status);
  const bytes = (call.body?.length ?? 0) + outcome.responseBytes;
  bill(call.world, stage, "apigateway:HttpApiRequest", steps(bytes, BILLED_BYTES), arn);
  const { integrationError: error = outcome.authorizerError ?? outcome.errorMessage } = outcome;
  return {
    status,
    headers: headers.map(([name, value]) => [name, wireText(value)] as const),
    body,
    seen: {
      account: stage.account,
      region: stage.region,
      name:
        call.routeKey === "" || call.routeKey === "$default"
          ? `${call.request.method} ${call.path}`
          : call.routeKey,
      resource: arn,
      ...(status >= 400 && error !== undefined ? { errorType: String(status), errorMessage: error } : {}),
      attributes: { stage: stage.stage.StageName, routeKey: call.routeKey, apigwRequestId: call.requestId },
    },
  };
}

/** Headers carry bytes: what is beyond Latin-1 goes as UTF-8. */
function wireText(value: string): string {
  return /[^\x20-\xff\t]/.test(value) ? Buffer.from(value).toString("latin1") : value;
}

function log(call: HttpCall): void {
  const { AccessLogSettings: settings } = call.stage.stage;
  if (!settings?.DestinationArn || !settings.Format) return;
  const message = renderLine(settings.Format, call.variable);
  const timestamp = Math.floor(call.world.clock.now());
  writeLine(call.world, settings.DestinationArn, call.stage.arn, { timestamp, message });
}

function measure(call: HttpCall, status: number): void {
  const { stage, world, outcome } = call;
  const dimensions = [`ApiId=${stage.apiId}`, `ApiId=${stage.apiId},Stage=${stage.stage.StageName}`];
  if (settingsOf(stage, call.routeKey).DetailedMetricsEnabled && call.routeKey !== "") {
    const [method, path = method] = call.routeKey.split(" ");
    const own: [string, string][] = [
      ["ApiId", stage.apiId],
      ["Method", method ?? ""],
      ["Resource", path ?? ""],
      ["Stage", stage.stage.StageName ?? ""],
    ];
    dimensions.push(writeDimensions(own));
  }
  const bytes = (call.body?.length ?? 0) + (outcome.responseBytes ?? 0);
  for (const each of dimensions) {
    count(world, stage, "Count", each, 1);
    count(world, stage, "4xx", each, status >= 400 && status < 500 ? 1 : 0);
    count(world, stage, "5xx", each, status >= 500 ? 1 : 0);
    count(world, stage, "Latency", each, outcome.latencyMs ?? 0);
    count(world, stage, "DataProcessed", each, bytes);
    if (outcome.integrationLatencyMs !== undefined) {
      count(world, stage, "IntegrationLatency", each, outcome.integrationLatencyMs);
    }
  }
}
