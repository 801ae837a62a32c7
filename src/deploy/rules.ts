import { evaluate, type Scope } from "./intrinsics.ts";
import { isMap, type Json } from "./parse.ts";
import { TemplateError } from "./template-error.ts";

type Known = Omit<Scope, "conditions">;

/**
 * Refuses parameters that a template's rules do not let together.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
 */
export function checkRules({ rules }: Pick<Scope["template"], "rules">, known: Known): void {
  const scope: Scope = { ...known, conditions: new Map() };
  for (const [name, rule] of Object.entries(rules)) {
    const path = `/Rules/${name}`;
    if (!isMap(rule)) throw new TemplateError(`Template format error: [${path}] must be an object.`, path);
    const { RuleCondition: condition, Assertions: assertions } = rule;
    if (!Array.isArray(assertions))
      throw new TemplateError(`Template format error: [${path}] must have Assertions.`, path);
    if (condition !== undefined && !isTrue(condition, scope, path)) continue;
    for (const assertion of assertions as readonly Json[]) {
      const { Assert = null, AssertDescription: why } = isMap(assertion) ? assertion : {};
      if (isTrue(Assert, scope, path)) continue;
      throw new TemplateError(
        `Rule ${name} does not hold${why === undefined ? "." : `: ${String(why)}`}`,
        path,
      );
    }
  }
}

function isTrue(value: Json, scope: Scope, path: string): boolean {
  const [name, argument] = isMap(value) ? (Object.entries(value)[0] ?? []) : [];
  const rule = name !== undefined && Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (!rule)
    throw new TemplateError(`Template error: every Rules assertion must be a rule function (${name})`, path);
  const parts = Array.isArray(argument) ? (argument as readonly Json[]) : [argument as Json];
  return rule(parts, scope, path);
}

const texts = (value: Json | undefined, scope: Scope, path: string): string[] => {
  const found = evaluate(value ?? null, scope, path);
  return (Array.isArray(found) ? found : [found]).map((each) =>
    typeof each === "object" ? JSON.stringify(each) : String(each ?? ""),
  );
};

type Rule = (parts: readonly Json[], scope: Scope, path: string) => boolean;

const RULES: Readonly<Record<string, Rule>> = {
  "Fn::And": (parts, scope, path) => parts.every((part) => isTrue(part, scope, path)),
  "Fn::Or": (parts, scope, path) => parts.some((part) => isTrue(part, scope, path)),
  "Fn::Not": ([part], scope, path) => !isTrue(part ?? null, scope, path),
  "Fn::Equals": ([one, other], scope, path) =>
    texts(one, scope, path).join() === texts(other, scope, path).join(),
  "Fn::Contains": ([list, wanted], scope, path) =>
    texts(wanted, scope, path).every((each) => texts(list, scope, path).includes(each)),
  "Fn::EachMemberEquals": ([list, wanted], scope, path) =>
    texts(list, scope, path).every((each) => each === texts(wanted, scope, path)[0]),
  "Fn::EachMemberIn": ([list, allowed], scope, path) =>
    texts(list, scope, path).every((each) => texts(allowed, scope, path).includes(each)),
};
