import { asValue, type Dict, dictOf, isDict, type Literal, type Value } from "../dict.ts";
import { ifArguments, isIf, isNoValue } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { withoutUnicode } from "../python-text.ts";
import { policyEntries } from "../roles/kinds.ts";
import { POLICY_TEMPLATES } from "./attributes.ts";

/** Writes out the policy templates among a function's or a state machine's policies. */
export function expandPolicyTemplates(id: string, properties: Dict): void {
  const isTemplate = (name: string) => Object.hasOwn(POLICY_TEMPLATES, name);
  const entries = policyEntries(properties.get("Policies"), isTemplate);
  if (entries.length === 0) return;
  const policies = entries.map(({ policy, kind }): Value => {
    if (kind !== "template") return policy;
    const choice = isIf(policy) ? ifArguments(policy) : undefined;
    if (!choice) return statementsOf(id, policy);
    const written = choice.slice(1).map((one) => (isNoValue(one) ? one : statementsOf(id, one)));
    return dictOf({ "Fn::If": [choice[0], ...written] });
  });
  properties.set("Policies", policies);
}

function statementsOf(id: string, policy: Value): Value {
  const [[name = "", values] = []] = isDict(policy) ? policy.entries() : [];
  const template = POLICY_TEMPLATES[name];
  if (!template || !isDict(values))
    throw badResource(id, `Must specify valid parameter values for policy template '${name}'`);
  const missing = template.parameters.filter((parameter) => !values.has(parameter));
  if (missing.length > 0) {
    throw badResource(
      id,
      `Following required parameters of template '${name}' don't have values: ${withoutUnicode(missing)}`,
    );
  }
  const fill = (text: string) => filled(text, template.parameters, values);
  return asValue({
    Statement: template.statements.map(([actions, resources, condition]) => ({
      Effect: "Allow",
      Action: actions,
      Resource: typeof resources === "string" ? fill(resources) : resources.map(fill),
      Condition: condition && filledCondition(condition, fill),
    })),
  });
}

function filledCondition(
  condition: Readonly<Record<string, Readonly<Record<string, string>>>>,
  fill: (text: string) => Literal,
): Literal {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, tests]) => [
      operator,
      Object.fromEntries(Object.entries(tests).map(([key, text]) => [key, fill(text)])),
    ]),
  );
}

/** A resource with its placeholders: those of parameters have values beside it. */
function filled(text: string, parameters: readonly string[], values: Dict): Literal {
  if (!text.includes("${")) return text;
  const variables: Record<string, Literal> = {};
  for (const [, variable = ""] of text.matchAll(/\$\{([A-Za-z0-9]+)\}/g)) {
    const parameter = parameters.find((name) => name.toLowerCase() === variable.toLowerCase());
    if (parameter !== undefined) variables[variable] = values.get(parameter);
  }
  return { "Fn::Sub": Object.keys(variables).length > 0 ? [text, variables] : text };
}
