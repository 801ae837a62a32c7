import type * as sdk from "@aws-sdk/client-xray";
import type { Span } from "../../kernel/telemetry.ts";
import type { Handlers } from "../define.ts";
import { goesToLogs } from "./destination.ts";
import { type Refused, spansOf } from "./documents.ts";
import { invalid } from "./faults.ts";
import { settleOpen } from "./open-segments.ts";
import { putSpans } from "./spans-group.ts";

const MOST_DOCUMENTS = 1000;
const LONGEST_DOCUMENT_BYTES = 65_536;

/** What functions and daemons tell of traces. */
export const putting = {
  async PutTraceSegments(input, context) {
    const { scope, recorder, requestId } = context;
    const documents = input.TraceSegmentDocuments ?? [];
    if (documents.length > MOST_DOCUMENTS) throw invalid("Too many segment documents in one request.");
    const refusals: Refused[] = [];
    const [open, ended, whole]: [string[], Span[], string[]] = [[], [], []];
    for (const document of documents) {
      if (Buffer.byteLength(document) > LONGEST_DOCUMENT_BYTES) {
        refusals.push({
          ErrorCode: "SizeLimitExceeded",
          Message: "Invalid segment. ErrorCode: SizeLimitExceeded",
        });
        continue;
      }
      const read = spansOf(document, { ...scope, requestId });
      if ("refused" in read) refusals.push(read.refused);
      else if (read.inProgress) open.push(document);
      else {
        ended.push(...read.spans);
        whole.push(document);
      }
    }
    if (whole.length > 0 && (await goesToLogs(context))) await putSpans(context, whole);
    await settleOpen(context, open, ended);
    for (const span of ended) recorder.span(span);
    return { UnprocessedTraceSegments: refusals };
  },

  /** How daemons fare is nothing that anybody here asks for. */
  async PutTelemetryRecords() {
    return {};
  },
} satisfies Handlers<typeof sdk>;
