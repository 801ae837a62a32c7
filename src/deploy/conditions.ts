import { evaluate, type Scope } from "./intrinsics.ts";
import { TemplateError } from "./template-error.ts";

/** The truth of a template's conditions, each worked out when another or the end asks for it. */
export function evaluateConditions(scope: Omit<Scope, "conditions">): ReadonlyMap<string, boolean> {
  const known = new Map<string, boolean>();
  const open = new Set<string>();
  const all = scope.template.conditions;
  const lookup: ReadonlyMap<string, boolean> = new Proxy(known, {
    get(target, member) {
      if (member !== "get") return Reflect.get(target, member);
      return (name: string) => truthOf(name);
    },
  });
  const truthOf = (name: string): boolean | undefined => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const condition = all[name];
    if (condition === undefined) return undefined;
    if (open.has(name))
      throw new TemplateError(
        `Template error: Found circular condition dependency between ${[...open].join(" and ")}`,
      );
    open.add(name);
    const truth = evaluate(condition, { ...scope, conditions: lookup }, `/Conditions/${name}`);
    open.delete(name);
    if (typeof truth !== "boolean")
      throw new TemplateError(
        `Template error: every Condition member must be a condition function (${name})`,
      );
    known.set(name, truth);
    return truth;
  };
  for (const name of Object.keys(all)) truthOf(name);
  return known;
}
