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

const SELECTION = /^\s*LogGroupName\s+(NOT\s+IN|IN)\s+(\[.*\])\s*$/is;

/** Whether a text selects groups by their names: `LogGroupName NOT IN ["a", "b"]`. */
export function isSelection(text: string): boolean {
  return namesIn(text) !== undefined;
}

function isSelected(selection: string | undefined, group: string): boolean {
  if (selection === undefined) return true;
  const found = namesIn(selection);
  return found === undefined || found.names.includes(group) === found.isIn;
}

function namesIn(text: string): { readonly names: readonly string[]; readonly isIn: boolean } | undefined {
  const [, how = "", list = ""] = SELECTION.exec(text) ?? [];
  try {
    const names: unknown = JSON.parse(list);
    if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) return undefined;
    return { names, isIn: /^in$/i.test(how) };
  } catch {
    return undefined;
  }
}
