import { type Dict, dictOf, includes, isList, type Literal, type Value } from "../dict.ts";
import { ifArguments, isIf, isNoValue } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { Resource } from "../resource.ts";
import { policyEntries } from "./kinds.ts";

export interface RoleOptions {
  readonly attributes: Dict;
  readonly assumeRolePolicy: Value;
  /** The resource's `Policies`. */
  readonly policies: Value | undefined;
  readonly managedPolicyArns?: readonly string[];
  readonly documents?: readonly Value[];
  readonly path?: Value | undefined;
  readonly boundary?: Value | undefined;
  readonly tags: readonly Value[];
  /** ARNs of AWS's policies, by name. */
  readonly managedPolicies: Readonly<Record<string, string>>;
}

/** The role that a function or a state machine runs in. */
export function executionRole(id: string, options: RoleOptions): Resource {
  const role = new Resource("AWS::IAM::Role", `${id}Role`, { attributes: options.attributes });
  const arns: Value[] = [...(options.managedPolicyArns ?? [])];
  const documents: Literal[] = [...(options.documents ?? [])];
  const arnOf = (name: string) => options.managedPolicies[name] ?? name;
  for (const [index, { policy, kind }] of policyEntries(options.policies).entries()) {
    const named = (document: Value) =>
      dictOf({ PolicyName: `${role.id}Policy${index}`, PolicyDocument: document });
    if (kind === "statement") {
      documents.push(isIf(policy) ? eachChoice(policy, named) : named(policy));
    } else if (kind === "managed") {
      const arn =
        typeof policy === "string"
          ? arnOf(policy)
          : isIf(policy)
            ? eachChoice(policy, (value) => (typeof value === "string" ? arnOf(value) : value))
            : policy;
      if (!includes(arns, arn)) arns.push(arn);
    } else {
      throw badResource(id, `Policy at index ${index} in the 'Policies' property is not valid`);
    }
  }
  return role.set({
    AssumeRolePolicyDocument: options.assumeRolePolicy,
    ManagedPolicyArns: arns,
    Policies: documents.length > 0 ? documents : undefined,
    Path: options.path,
    PermissionsBoundary: options.boundary,
    Tags: [...options.tags],
  });
}

/** Changes what an `Fn::If` chooses between, but not "no value". */
function eachChoice(policy: Value, change: (value: Value) => Value): Value {
  const choice = ifArguments(policy);
  if (!choice) return policy;
  for (const index of [1, 2] as const) if (!isNoValue(choice[index])) choice[index] = change(choice[index]);
  return policy;
}

/** Adds to a role what an event source needs: the name of a policy of AWS's, or documents. */
export function addToRole(role: Resource, arn: string | undefined, documents: readonly Dict[]): void {
  const arns = role.get("ManagedPolicyArns");
  if (arn !== undefined && isList(arns) && !includes(arns, arn)) arns.push(arn);
  for (const document of documents) {
    const policies = role.get("Policies");
    if (!isList(policies)) {
      role.set({ Policies: [document] });
      continue;
    }
    const known = policies.map((policy) => (policy as Dict).get("PolicyDocument"));
    if (!includes(policies, document) && !includes(known as Value[], document.get("PolicyDocument")))
      policies.push(document);
  }
}
