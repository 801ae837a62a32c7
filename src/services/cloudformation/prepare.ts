import type * as sdk from "@aws-sdk/client-cloudformation";
import { evaluateConditions } from "../../deploy/conditions.ts";
import { checkReferences, dependenciesOf } from "../../deploy/graph.ts";
import { type Scope as Evaluation, evaluate } from "../../deploy/intrinsics.ts";
import { type ParameterValue, readParameters } from "../../deploy/parameters.ts";
import { type JsonMap, parseTemplate } from "../../deploy/parse.ts";
import { type Template, type TemplateResource, templateOf } from "../../deploy/template.ts";
import { TemplateError } from "../../deploy/template-error.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Context, ResourceType } from "../define.ts";
import type { Properties, Property } from "../resource-types.ts";
import { invalid } from "./faults.ts";
import type { Wanted } from "./records.ts";

/** A stack's template with its parameters and conditions worked out. */
export interface Prepared {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly given: Readonly<Record<string, string>>;
  readonly conditions: ReadonlyMap<string, boolean>;
  readonly pseudo: Evaluation["pseudo"];
  /** Those whose condition holds. */
  readonly resources: Readonly<Record<string, TemplateResource>>;
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
    checkReferences(template, new Set([...Object.keys(pseudo), "AWS::NoValue"]));
    const conditions = evaluateConditions(scope);
    const resources = Object.fromEntries(
      Object.entries(template.resources).filter(([, { Condition }]) =>
        holds(Condition, conditions, "Resources"),
      ),
    );
    for (const { Condition } of Object.values(template.outputs)) holds(Condition, conditions, "Outputs");
    const kept = Object.fromEntries(
      Object.entries(resources).map(([name, resource]) => [
        name,
        {
          ...resource,
          DependsOn: resource.DependsOn.filter(
            (other) => !(other in template.resources) || other in resources,
          ),
        },
      ]),
    );
    await checkTypes(world, kept);
    return {
      template,
      parameters: values,
      given,
      conditions,
      pseudo,
      resources: kept,
      dependencies: dependenciesOf(kept),
    };
  });
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

async function checkTypes({ resourceTypes }: World, resources: Prepared["resources"]): Promise<void> {
  const missing: string[] = [];
  for (const [name, { Type, Properties }] of Object.entries(resources)) {
    const type = await resourceTypes.find(Type);
    if (type) checkProperties(name, Type, type, Properties);
    else missing.push(`${name} (${Type})`);
  }
  if (missing.length > 0) {
    throw new TemplateError(`Template format error: Unrecognized resource types: [${missing.join(", ")}]`);
  }
}

function checkProperties(name: string, typeName: string, type: ResourceType, properties: JsonMap): void {
  const isKnown = (each: string) => type.others !== undefined || Object.hasOwn(type.properties, each);
  const unknown = Object.keys(properties).filter((each) => !isKnown(each));
  if (unknown.length > 0) {
    throw new TemplateError(`Encountered unsupported property ${unknown[0]} of ${typeName} (${name})`);
  }
  const missing = (type.required ?? []).filter((each) => properties[each] === undefined);
  if (missing.length > 0)
    throw new TemplateError(`Property ${missing[0]} cannot be empty: ${typeName} (${name})`);
}

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

/** A mistake in a template is the caller's. */
export async function asValidation<Result>(work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TemplateError ? invalid(error.message) : error;
  }
}
