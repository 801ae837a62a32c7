import type { Transaction } from "../../store/store.ts";
import { accountPolicies, filtersOf, type SubscriptionRecord } from "./filter-records.ts";
import type { GroupName } from "./names.ts";

/** A group's subscription filters, with those that its account has for all groups. */
export async function subscriptionsFor(tx: Transaction, group: GroupName): Promise<SubscriptionRecord[]> {
  const found: SubscriptionRecord[] = [];
  for await (const filter of filtersOf(tx, "subscription", group)) found.push(filter);
  for await (const { name, document, selection, updatedMs } of accountPolicies(tx, group)) {
    if (!isSelected(selection, group.name)) continue;
    const { DestinationArn, FilterPattern = "", Distribution, RoleArn } = JSON.parse(document);
    found.push({
      v: 1,
      name,
      pattern: FilterPattern,
      destinationArn: DestinationArn,
      ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
      distribution: Distribution === "Random" ? "Random" : "ByLogStream",
      createdMs: updatedMs,
    });
  }
  return found;
}

/** The one selection there is: `LogGroupName NOT IN ["a", "b"]`. */
const SELECTION = /^\s*LogGroupName\s+NOT\s+IN\s+(\[.*\])\s*$/is;

export const isSelection = (text: string): boolean => excludedBy(text) !== undefined;

function isSelected(selection: string | undefined, group: string): boolean {
  return selection === undefined || !excludedBy(selection)?.includes(group);
}

function excludedBy(text: string): readonly string[] | undefined {
  try {
    const names: unknown = JSON.parse(SELECTION.exec(text)?.[1] ?? "");
    return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
  } catch {
    return undefined;
  }
}
