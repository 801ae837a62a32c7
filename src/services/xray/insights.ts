import type * as sdk from "@aws-sdk/client-xray";
import type { Context, Handlers } from "../define.ts";
import { invalid, notHere } from "./faults.ts";
import { groupNamed } from "./groups.ts";
import { orderedRange } from "./ranges.ts";

const OLDEST_MS = 30 * 86_400_000;
const LONGEST_IMPACT_MS = 6 * 3_600_000;

/**
 * Insights: nobody looks for anomalies here. A group without insights has none, as on AWS; of one that has
 * them enabled an empty list would say that all is well, so that it is refused. No id of an insight is ever
 * given out, and so none is known.
 */
export const insights = {
  async GetInsightSummaries(input, context) {
    checkAge(context, orderedRange(input));
    const named = input.GroupName ?? input.GroupARN;
    if (named === undefined) throw invalid("Either GroupName or GroupARN must be provided.");
    const { name, insights: settings } = await groupNamed(context, named);
    if (settings.InsightsEnabled) {
      throw notHere(`Looking for anomalies, as the group ${name} has it enabled, is not implemented.`);
    }
    return { InsightSummaries: [] };
  },

  async GetInsight({ InsightId }) {
    throw unknownInsight(InsightId);
  },

  async GetInsightEvents({ InsightId }) {
    throw unknownInsight(InsightId);
  },

  async GetInsightImpactGraph(input, context) {
    const range = orderedRange(input);
    checkAge(context, range);
    if (range.untilMs - range.sinceMs > LONGEST_IMPACT_MS) {
      throw invalid("Time range cannot be longer than 6 hours.");
    }
    throw unknownInsight(input.InsightId);
  },
} satisfies Handlers<typeof sdk>;

function checkAge({ clock }: Context, { sinceMs }: { readonly sinceMs: number }): void {
  if (clock.now() - sinceMs > OLDEST_MS) throw invalid("Start time cannot be more than 30 days old.");
}

function unknownInsight(id: string | undefined) {
  return invalid(id === undefined ? "InsightId is required." : "Insight not found");
}
