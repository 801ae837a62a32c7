import { isDict, isList, truthy, type Value } from "../dict.ts";
import { IF_NEEDS_THREE, ifArguments, isIf, isIntrinsic, isNoValue } from "../intrinsics.ts";
import { badTemplate } from "../problems.ts";

/** What an entry of `Policies` may be. */
export type PolicyKind = "managed" | "statement" | "template" | "unknown";

export interface PolicyEntry {
  readonly policy: Value;
  readonly kind: PolicyKind;
}

/** The entries of `Policies`, told apart. Templates are known only to whom they are named. */
export function policyEntries(
  policies: Value | undefined,
  isTemplate: (name: string) => boolean = () => false,
): PolicyEntry[] {
  if (!truthy(policies)) return [];
  const list = isList(policies) ? policies : [policies ?? null];
  return list.map((policy) => ({ policy, kind: kindOf(policy, isTemplate) }));
}

function kindOf(policy: Value, isTemplate: (name: string) => boolean): PolicyKind {
  if (typeof policy === "string") return "managed";
  if (isIf(policy)) return kindOfIf(policy, isTemplate);
  if (isIntrinsic(policy)) return "managed";
  if (!isDict(policy)) return "unknown";
  if (policy.has("Statement")) return "statement";
  return policy.size === 1 && isTemplate(policy.keys()[0] ?? "") ? "template" : "unknown";
}

function kindOfIf(policy: Value, isTemplate: (name: string) => boolean): PolicyKind {
  const choice = ifArguments(policy);
  if (!choice) throw badTemplate(IF_NEEDS_THREE);
  const [, whenTrue, whenFalse] = choice;
  const one = kindOf(whenTrue, isTemplate);
  const other = kindOf(whenFalse, isTemplate);
  if (one === other || isNoValue(whenFalse)) return one;
  if (isNoValue(whenTrue)) return other;
  throw badTemplate(
    "Different policy types within the same Fn::If statement is unsupported. " +
      "Separate different policy types into different Fn::If statements",
  );
}
