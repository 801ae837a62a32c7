import type { Scope } from "../../kernel/scope.ts";

/** A statement of a bus's resource policy, in the order of members that AWS writes. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Policy {
  readonly Version?: string;
  readonly Statement?: readonly Statement[] | Statement;
}

export function statementsOf({ Statement: statements = [] }: Policy): readonly Statement[] {
  return listOf(statements) as readonly Statement[];
}

/**
 * Whether a bus takes events from an account: its own always, others where a statement lets them in and none
 * refuses them. Conditions on what this platform knows nothing of, such as organizations, do not hold.
 */
export function takesEventsFrom(bus: Scope & { readonly policy?: string }, account: string): boolean {
  const statements = bus.policy === undefined ? [] : statementsOf(JSON.parse(bus.policy));
  const matching = statements.filter((one) => covers(one, account));
  if (matching.some(({ Effect }) => Effect === "Deny")) return false;
  return account === bus.account || matching.some(({ Effect }) => Effect === "Allow");
}

function covers({ Principal, Action, Condition = {} }: Statement, account: string): boolean {
  if (!listOf(Action).some((one) => /^(events:(putevents|\*|put\*)|\*)$/i.test(String(one)))) return false;
  if (!names(Principal, account)) return false;
  return Object.entries(Condition).every(([operator, wanted]) =>
    Object.entries(wanted).every(
      ([key, values]) =>
        /^String(Equals|Like)$/.test(operator) &&
        /^aws:(PrincipalAccount|SourceAccount)$/i.test(key) &&
        listOf(values).includes(account),
    ),
  );
}

function names(principal: unknown, account: string): boolean {
  if (principal === "*") return true;
  if (typeof principal !== "object" || principal === null) return false;
  return listOf((principal as { AWS?: unknown }).AWS).some(
    (one) => one === "*" || one === account || String(one).startsWith(`arn:aws:iam::${account}:`),
  );
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
