import type { Transaction } from "../../store/store.ts";
import { limitExceeded } from "./faults.ts";
import { patternOf } from "./filter-patterns.ts";
import { type FilterKind, filtersOf } from "./filter-records.ts";
import type { GroupName } from "./names.ts";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
const MOST_WITH_EXPRESSIONS = 5;

/** Of a group's filters only so many may hold regular expressions. Faults: LimitExceededException. */
export async function checkExpressions(
  tx: Transaction,
  group: GroupName,
  filter: { readonly kind: FilterKind; readonly name: string; readonly pattern: string },
): Promise<void> {
  if (patternOf(filter.pattern).expressions === 0) return;
  let others = 0;
  for (const kind of ["subscription", "metric"] as const) {
    for await (const { name, pattern } of filtersOf(tx, kind, group)) {
      const isOther = kind !== filter.kind || name !== filter.name;
      if (isOther && patternOf(pattern).expressions > 0) others++;
    }
  }
  if (others >= MOST_WITH_EXPRESSIONS) throw limitExceeded("Resource limit exceeded.");
}
