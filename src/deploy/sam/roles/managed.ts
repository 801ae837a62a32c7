import { MANAGED_POLICIES } from "./attributes.ts";

/** ARNs of AWS's managed policies, by name. */
export function managedPolicies(partition: string): Record<string, string> {
  const arns: Record<string, string> = {};
  for (const [path, names] of Object.entries(MANAGED_POLICIES))
    for (const name of names.trim().split(/\s+/))
      arns[name] = `arn:${partition}:iam::aws:policy/${path}${name}`;
  return arns;
}
