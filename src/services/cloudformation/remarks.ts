// What a stack says of itself where it is not all that its template asks for.
import type { TemplateResource } from "../../deploy/template.ts";
import type { ResourceType } from "../define.ts";

/** Properties that are kept and have no effect, by the types of their resources. */
export type Idle = Readonly<Record<string, readonly string[]>>;

interface Remarkable {
  /** Resources that are left out, by their types. */
  readonly left: Readonly<Record<string, string>>;
  readonly idle: Idle;
}

export function idleIn(
  types: ReadonlyMap<string, ResourceType>,
  resources: Readonly<Record<string, TemplateResource>>,
): Idle {
  const idle = new Map<string, Set<string>>();
  for (const [name, { properties }] of types) {
    const { Type = "", Properties = {} } = resources[name] ?? {};
    for (const property of Object.keys(Properties)) {
      if (properties[property] !== "accepted") continue;
      idle.set(Type, (idle.get(Type) ?? new Set()).add(property));
    }
  }
  const sorted = [...idle].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([type, names]) => [type, [...names].sort()]));
}

export const resourcesText = (left: readonly (readonly [string, string])[]) =>
  left.map(([name, type]) => `${name} (${type})`).join(", ");

/** A line for each, for people and for whoever deploys. */
export function remarksOn({ left, idle }: Remarkable): { readonly reason?: string } {
  const out = resourcesText(Object.entries(left));
  const kept = Object.entries(idle).map(([type, names]) => `${type} (${names.join(", ")})`);
  const lines = [
    ...(out === "" ? [] : [`Left out, since the platform does not have such resources: ${out}`]),
    ...(kept.length === 0 ? [] : [`Accepted, without effect: ${kept.join(", ")}`]),
  ];
  return lines.length > 0 ? { reason: lines.join("\n") } : {};
}
