import type * as sdk from "@aws-sdk/client-cloudformation";
import { chosenOf } from "../../deploy/choices.ts";
import { evaluateConditions } from "../../deploy/conditions.ts";
import { checkReferences, dependenciesOf } from "../../deploy/graph.ts";
import { type Scope as Evaluation, evaluate } from "../../deploy/intrinsics.ts";
import { type ParameterValue, readParameters } from "../../deploy/parameters.ts";
import { type Json, parseTemplate, placeOf } from "../../deploy/parse.ts";
import { checkRules } from "../../deploy/rules.ts";
import { type Template, type TemplateResource, templateOf } from "../../deploy/template.ts";
import { TemplateError } from "../../deploy/template-error.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Context } from "../define.ts";
import type { Properties, Property } from "../resource-types.ts";
import { checkTypes } from "./check-types.ts";
import { invalid } from "./faults.ts";
import type { Wanted } from "./records.ts";
import type { Idle } from "./remarks.ts";

/** A stack's template with its parameters and conditions worked out. */
export interface Prepared {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly given: Readonly<Record<string, string>>;
  readonly conditions: ReadonlyMap<string, boolean>;
  readonly pseudo: Evaluation["pseudo"];
  /** Those whose condition holds. */
  readonly resources: Readonly<Record<string, TemplateResource>>;
  /** Those of kinds that the platform does not have, by their types, where it is to leave them out. */
  readonly left: Readonly<Record<string, string>>;
  /** What of them has no effect. */
  readonly idle: Idle;
  readonly tags: Wanted["tags"];
  readonly dependencies: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface StackName extends Scope {
  readonly stackId: string;
  readonly name: string;
  readonly notificationArns: readonly string[];
}

type World = Pick<Context, "resourceTypes">;

/** Reads what a stack is to be. Throws a ValidationError in CloudFormation's words. */
export async function prepare(world: World, stack: StackName, wanted: Wanted): Promise<Prepared> {
  return asValidation(async () => {
    const template = templateOf(parseTemplate(wanted.processed ?? wanted.template));
    const { values, given } = await readParameters(
      template,
      wanted.parameters,
      async (name) => wanted.stored?.[name],
    );
    const pseudo = pseudoOf(stack);
    const nothing = { refOf: () => undefined, attributeOf: () => undefined, importOf: () => undefined };
    const scope = { template, parameters: values, pseudo, ...nothing };
    checkReferences(template, PSEUDO);
    const conditions = evaluateConditions(scope);
    checkRules(template, scope);
    for (const { Condition } of Object.values(template.outputs)) holds(Condition, conditions, "Outputs");
    const all = withConditions(template, { ...scope, conditions });
    checkReferences({ ...template, resources: all, outputs: {} }, PSEUDO);
    const { resources, left, idle } = await checkTypes(world, all, template, wanted.leavesOut === true);
    return {
      template,
      parameters: values,
      given,
      conditions,
      pseudo,
      resources,
      left,
      idle,
      tags: wanted.tags,
      dependencies: dependenciesOf(resources),
    };
  }, wanted.template);
}

/** The resources whose conditions hold, with what of them the conditions choose. */
function withConditions(template: Template, scope: Evaluation): Readonly<Record<string, TemplateResource>> {
  const { conditions } = scope;
  const there = Object.entries(template.resources).filter(([, { Condition }]) =>
    holds(Condition, conditions, "Resources"),
  );
  const names = new Set(there.map(([name]) => name));
  const policy = (value: Json | undefined, path: string) => {
    const policy = value === undefined ? undefined : evaluate(value, scope, path);
    return policy === undefined ? {} : policy;
  };
  return Object.fromEntries(
    there.map(([name, resource]) => {
      const { DeletionPolicy, UpdateReplacePolicy, DependsOn, Properties } = resource;
      const path = `/Resources/${name}`;
      return [
        name,
        {
          ...resource,
          Properties: chosenOf(Properties, conditions),
          ...(DeletionPolicy ? { DeletionPolicy: policy(DeletionPolicy, `${path}/DeletionPolicy`) } : {}),
          ...(UpdateReplacePolicy
            ? { UpdateReplacePolicy: policy(UpdateReplacePolicy, `${path}/UpdateReplacePolicy`) }
            : {}),
          DependsOn: DependsOn.filter((other) => names.has(other) || !(other in template.resources)),
        },
      ];
    }),
  );
}

function holds(
  condition: string | undefined,
  conditions: ReadonlyMap<string, boolean>,
  block: string,
): boolean {
  if (condition === undefined) return true;
  const truth = conditions.get(condition);
  if (truth === undefined)
    throw new TemplateError(
      `Template format error: Unresolved condition dependency ${condition} in the ${block} block ` +
        "of the template",
    );
  return truth;
}

/** The names of what templates may refer to that is not in them. */
export const PSEUDO: ReadonlySet<string> = new Set([
  "AWS::AccountId",
  "AWS::NoValue",
  "AWS::NotificationARNs",
  "AWS::Partition",
  "AWS::Region",
  "AWS::StackId",
  "AWS::StackName",
  "AWS::URLSuffix",
]);

export function pseudoOf({
  account,
  region,
  stackId,
  name,
  notificationArns,
}: StackName): Evaluation["pseudo"] {
  return {
    "AWS::AccountId": account,
    "AWS::NotificationARNs": [...notificationArns],
    "AWS::Partition": "aws",
    "AWS::Region": region,
    "AWS::StackId": stackId,
    "AWS::StackName": name,
    "AWS::URLSuffix": "amazonaws.com",
  };
}

/** What resources are, as templates ask for it. */
export interface Looked {
  refOf(resource: string): string | undefined;
  attributeOf(resource: string, attribute: string): Property | undefined;
  importOf(name: string): string | undefined;
}

/** A resource's properties with what it refers to filled in. */
export function propertiesOf(prepared: Prepared, logicalId: string, looked: Looked): Properties {
  const { Properties: given = {} } = prepared.resources[logicalId] ?? {};
  return (evaluate(given, { ...prepared, ...looked }, `/Resources/${logicalId}`) ?? {}) as Properties;
}

/** How changes of a resource are to go. */
export function policyOf(
  prepared: Prepared,
  logicalId: string,
  looked: Looked,
  name: "CreationPolicy" | "UpdatePolicy",
): Properties {
  const policy = prepared.resources[logicalId]?.[name] ?? {};
  return (evaluate(policy, { ...prepared, ...looked }, `/Resources/${logicalId}`) ?? {}) as Properties;
}

/** The outputs whose conditions hold. */
export function outputsOf(prepared: Prepared, looked: Looked): sdk.Output[] {
  const scope = { ...prepared, ...looked };
  return Object.entries(prepared.template.outputs)
    .filter(([, { Condition }]) => holds(Condition, prepared.conditions, "Outputs"))
    .map(([name, { Value, Description, Export }]) => {
      const value = evaluate(Value, scope, `/Outputs/${name}`);
      const exported = Export && evaluate(Export, scope, `/Outputs/${name}/Export`);
      const exportName = (exported as { Name?: unknown } | undefined)?.Name;
      return {
        OutputKey: name,
        OutputValue: typeof value === "object" ? JSON.stringify(value) : String(value ?? ""),
        ...(typeof Description === "string" ? { Description } : {}),
        ...(exportName === undefined ? {} : { ExportName: String(exportName) }),
      };
    });
}

/** A mistake in a template is the caller's; `text`: where its place is looked for. */
export async function asValidation<Result>(
  work: () => Promise<Result> | Result,
  text?: string,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const place = text !== undefined && error.path ? placeOf(text, error.path) : undefined;
    throw invalid(place ? new TemplateError(error.message, place).message : error.message);
  }
}
