import { copyOf, Dict, dictOf, isDict, isList, truthy, type Value } from "../dict.ts";
import { eventResources, linkEvents } from "../events/events.ts";
import { STATE_MACHINE_EVENTS } from "../events/kinds.ts";
import { getAtt, isIntrinsic } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { dumped, shown } from "../python-text.ts";
import { tracingPolicy } from "../region.ts";
import { handedOn, Resource, tagList } from "../resource.ts";
import { assumeRolePolicy } from "../roles/policies.ts";
import { executionRole } from "../roles/role.ts";
import { definitionLocation } from "../s3-uri.ts";
import type { Macro, Schema } from "../schema.ts";
import { propagateTags } from "../tags.ts";
import type { Translation } from "../translation.ts";

export const STATE_MACHINE: Schema = {
  Definition: "map",
  DefinitionUri: "string|map",
  Logging: "map",
  Role: "string",
  RolePath: "any",
  DefinitionSubstitutions: "map",
  Events: "map<map>",
  Name: "string",
  Type: "string",
  Tags: "map",
  PropagateTags: "boolean",
  Policies: "string|list<string|map>",
  Tracing: "map",
  PermissionsBoundary: "string",
  AutoPublishAlias: "any",
  DeploymentPreference: "any",
  UseAliasAsEventTarget: "boolean~",
};

/** A state machine, its role, and what its events need. */
export function transformStateMachine(macro: Macro, translation: Translation): Resource[] {
  const { id, properties, attributes, dependsOn } = macro;
  const links = linkEvents(macro, translation, STATE_MACHINE_EVENTS);
  const machine = new Resource("AWS::StepFunctions::StateMachine", id, { attributes, dependsOn });
  machine.set(definitionOf(macro));
  const has = (name: string) => truthy(properties.get(name));
  if (has("Role") && has("Policies")) {
    throw badResource(
      id,
      "Specify either 'Role' or 'Policies' (but not both at the same time) or neither of them",
    );
  }
  const role = has("Role") ? undefined : roleOf(macro, translation);
  machine.set({
    RoleArn: role?.arn ?? properties.get("Role"),
    StateMachineName: properties.get("Name"),
    StateMachineType: properties.get("Type"),
    LoggingConfiguration: properties.get("Logging"),
    TracingConfiguration: properties.get("Tracing"),
    Tags: tagsOf(properties),
  });
  const published = publish(macro, machine);
  const target = has("UseAliasAsEventTarget") ? (published[1] ?? machine) : machine;
  const boundary = properties.get("PermissionsBoundary");
  const events = eventResources(macro, links, (link) => ({
    target,
    role: undefined,
    link,
    translation,
    boundary,
  }));
  const resources = [machine, ...(role ? [role] : []), ...published, ...events];
  propagateTags(resources, properties);
  return resources;
}

const tagsOf = (properties: Dict) => [
  ...tagList(dictOf({ "stateMachine:createdBy": "SAM" })),
  ...tagList(properties.get("Tags")),
];

function definitionOf({ id, properties }: Macro) {
  const given = properties.get("Definition");
  const uri = properties.get("DefinitionUri");
  if (truthy(given) && truthy(uri))
    throw badResource(id, "Specify either 'Definition' or 'DefinitionUri' property and not both.");
  const substitutions = properties.get("DefinitionSubstitutions");
  const all = isDict(substitutions) ? substitutions : new Dict();
  if (!truthy(given)) {
    if (!truthy(uri))
      throw badResource(id, "Either 'Definition' or 'DefinitionUri' property must be specified.");
    return {
      DefinitionSubstitutions: truthy(substitutions) ? substitutions : undefined,
      DefinitionS3Location: definitionLocation(uri, id),
    };
  }
  const definition = copyOf(given ?? null);
  all.update(substitute(definition));
  const lines = dumped(definition, { sorted: true, indent: 4, separators: [",", ": "] }).split("\n");
  return {
    DefinitionSubstitutions: all.size > 0 ? all : undefined,
    DefinitionString: dictOf({ "Fn::Join": ["\n", lines] }),
  };
}

const isDynamic = (value: Value) => typeof value === "string" && /^{{resolve:([a-z-]+):(.+)}}$/.test(value);

/** Replaces functions within a definition by placeholders, and returns what these stand for. */
function substitute(definition: Value): Dict {
  const substitutions = new Dict();
  const visit = (value: Value) => {
    const members: [string | number, Value][] = isDict(value)
      ? value.entries().sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
      : isList(value)
        ? [...value.entries()]
        : [];
    for (const [key, member] of members) {
      if (!isIntrinsic(member) && !isDynamic(member)) {
        visit(member);
        continue;
      }
      const name = `definition_substitution_${substitutions.size + 1}`;
      substitutions.set(name, member);
      if (isDict(value)) value.set(String(key), `\${${name}}`);
      else if (isList(value)) value[Number(key)] = `\${${name}}`;
    }
  };
  visit(definition);
  return substitutions;
}

function roleOf({ id, properties, attributes }: Macro, translation: Translation): Resource {
  const given = properties.get("Policies");
  const policies: Value[] = truthy(given) ? (isList(given) ? [...given] : [given ?? null]) : [];
  if (properties.dict("Tracing")?.get("Enabled") === true) policies.push(tracingPolicy(translation.place));
  return executionRole(id, {
    attributes: handedOn(attributes),
    assumeRolePolicy: assumeRolePolicy("states.amazonaws.com"),
    policies,
    path: properties.get("RolePath"),
    boundary: properties.get("PermissionsBoundary"),
    tags: tagsOf(properties),
    managedPolicies: translation.managedPolicies,
  });
}

/** The version and the alias, where there is an alias to publish. */
function publish({ id, properties, attributes }: Macro, machine: Resource): [] | [Resource, Resource] {
  const alias = properties.get("AutoPublishAlias");
  const preference = properties.get("DeploymentPreference");
  if (!truthy(alias)) {
    for (const name of ["UseAliasAsEventTarget", "DeploymentPreference"])
      if (truthy(properties.get(name)))
        throw badResource(id, `'${name}' requires 'AutoPublishAlias' property to be specified.`);
    return [];
  }
  const handed = handedOn(attributes);
  const kept = handed.shallowCopy();
  for (const name of ["DeletionPolicy", "UpdateReplacePolicy"]) if (!kept.has(name)) kept.set(name, "Retain");
  const version = new Resource("AWS::StepFunctions::StateMachineVersion", `${id}Version`, {
    attributes: kept,
  }).set({
    StateMachineArn: machine.arn,
    StateMachineRevisionId: getAtt(id, "StateMachineRevisionId"),
  });
  const shifting = isDict(preference) && preference.size > 0 ? preference : dictOf({ Type: "ALL_AT_ONCE" });
  shifting.set("StateMachineVersionArn", version.arn);
  const type = "AWS::StepFunctions::StateMachineAlias";
  const made = new Resource(type, `${id}Alias${shown(alias)}`, { attributes: handed });
  return [version, made.set({ Name: alias, DeploymentPreference: shifting })];
}
