import { formatArn, parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Context } from "../define.ts";
import { putLogs } from "../log-target.ts";
import type { Members } from "./documents.ts";
import { invalid } from "./faults.ts";
import { otelSpans } from "./otel.ts";
import { ownContext, senderOf } from "./own-context.ts";

/** The log group that X-Ray keeps spans in, and its stream. */
export const SPANS_GROUP = "aws/spans";
export const SPANS_STREAM = "default";

export const spansArn = (scope: Scope): string => formatArn("logs", scope, `log-group:${SPANS_GROUP}`);

/** Its name, where it is there. */
export async function spansGroup(context: Context): Promise<string | undefined> {
  const { logGroups = [] } = await ownContext(context).call("logs", "DescribeLogGroups", {
    logGroupNamePrefix: SPANS_GROUP,
  });
  return logGroups.find(({ logGroupName }) => logGroupName === SPANS_GROUP)?.logGroupName;
}

/** Writes segments as spans, one event a span. Faults: InvalidRequestException where the group is gone. */
export async function putSpans(context: Context, documents: readonly string[]): Promise<void> {
  const spans = documents.flatMap((document) => otelSpans(JSON.parse(document) as Members));
  const entries = spans.map((span) => ({
    timeMs: Math.round(span.endTimeUnixNano / 1e6),
    message: JSON.stringify(span),
  }));
  const arn = parseArn(spansArn(context.scope));
  if (!arn || entries.length === 0) return;
  await putLogs(ownContext(context, senderOf(context)), arn, SPANS_STREAM, entries).catch((error) => {
    throw error instanceof Fault && error.sender ? invalid(error.message) : error;
  });
}
