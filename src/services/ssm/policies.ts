// What parameters have done to them by the clock. Pure.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
import { fault } from "./faults.ts";

export type Policy =
  | { readonly type: "Expiration"; readonly text: string; readonly atMs: number }
  | { readonly type: "ExpirationNotification"; readonly text: string; readonly beforeMs: number }
  | { readonly type: "NoChangeNotification"; readonly text: string; readonly afterMs: number };

const UNITS: Readonly<Record<string, number>> = { Days: 86_400_000, Hours: 3_600_000, Minutes: 60_000 };

/** Policies as PutParameter is given them: a list, in JSON. */
export function parsePolicies(text: string | undefined): Policy[] {
  if (!text) return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw invalidPolicy("Invalid JSON in the policies");
  }
  const policies = (Array.isArray(list) ? list : [list]).map(parsePolicy);
  const isLonely = policies.some(({ type }) => type === "ExpirationNotification");
  if (isLonely && !policies.some(({ type }) => type === "Expiration")) {
    throw fault(
      "IncompatiblePolicyException",
      "An ExpirationNotification policy needs an Expiration policy beside it.",
    );
  }
  return policies;
}

interface Given {
  readonly Type?: unknown;
  readonly Attributes?: {
    readonly Timestamp?: string;
    readonly Before?: string;
    readonly After?: string;
    readonly Unit?: string;
  };
}

function parsePolicy(given: unknown): Policy {
  const { Type: type, Attributes: attributes = {} } = (given ?? {}) as Given;
  const text = JSON.stringify(given);
  const span = (value: string | undefined) => {
    const ms = Number(value) * (UNITS[attributes.Unit ?? ""] ?? Number.NaN);
    if (ms > 0) return ms;
    throw invalidPolicy(`The attributes of the policy ${String(type)} are not valid`);
  };
  switch (type) {
    case "Expiration": {
      const atMs = Date.parse(attributes.Timestamp ?? "");
      if (Number.isNaN(atMs)) throw invalidPolicy("The timestamp of the policy Expiration is not valid");
      return { type, text, atMs };
    }
    case "ExpirationNotification":
      return { type, text, beforeMs: span(attributes.Before) };
    case "NoChangeNotification":
      return { type, text, afterMs: span(attributes.After) };
    default:
      throw fault("InvalidPolicyTypeException", `The policy type ${String(type)} is not supported.`);
  }
}

const invalidPolicy = (message: string) => fault("InvalidPolicyAttributeException", message);

export interface DueAction {
  readonly type: Policy["type"];
  readonly atMs: number;
}

/** What policies do and when, in order, of a parameter that was changed at a moment. */
export function actionsOf(policies: readonly Policy[], modifiedMs: number): DueAction[] {
  const expiration = policies.find(({ type }) => type === "Expiration");
  const expiresMs = expiration?.type === "Expiration" ? expiration.atMs : Number.NaN;
  return policies
    .map((policy): DueAction => {
      if (policy.type === "Expiration") return { type: policy.type, atMs: policy.atMs };
      if (policy.type === "ExpirationNotification")
        return { type: policy.type, atMs: expiresMs - policy.beforeMs };
      return { type: policy.type, atMs: modifiedMs + policy.afterMs };
    })
    .sort((one, other) => one.atMs - other.atMs);
}
