import { asValue, Dict, isDict, isNothing, type Literal, truthy, type Value } from "./dict.ts";
import { getAtt, ref } from "./intrinsics.ts";
import { badResource } from "./problems.ts";

/** Attributes that a resource keeps. */
const KEPT_ATTRIBUTES = [
  "DeletionPolicy",
  "UpdatePolicy",
  "Condition",
  "UpdateReplacePolicy",
  "Metadata",
] as const;

/** Attributes that what is made for a resource has too. */
const HANDED_ON = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"] as const;

/** A resource of the template that comes out. */
export class Resource {
  readonly type: string;
  id: string;
  readonly attributes: Dict;
  dependsOn: Value | undefined;
  readonly properties = new Dict();

  constructor(type: string, id: string, options: { attributes?: Dict; dependsOn?: Literal } = {}) {
    checkId(id);
    this.type = type;
    this.id = id;
    this.attributes = (options.attributes ?? new Dict()).shallowCopy();
    this.dependsOn = options.dependsOn === undefined ? undefined : asValue(options.dependsOn);
  }

  get(property: string): Value | undefined {
    return this.properties.get(property);
  }

  /** Sets what has a value. */
  set(properties: { readonly [name: string]: Literal }): this {
    for (const [name, literal] of Object.entries(properties)) {
      if (literal === undefined || literal === null) this.properties.delete(name);
      else this.properties.set(name, literal);
    }
    return this;
  }

  get handedOn(): Dict {
    return handedOn(this.attributes);
  }

  get ref(): Dict {
    return ref(this.id);
  }

  /** What others know the resource by. */
  get arn(): Dict {
    return KNOWN_BY_REF.has(this.type) ? ref(this.id) : getAtt(this.id, "Arn");
  }

  toDict(): Dict {
    const dict = new Dict().set("Type", this.type);
    if (truthy(this.dependsOn)) dict.set("DependsOn", this.dependsOn);
    for (const [name, value] of this.attributes.entries()) dict.set(name, value);
    const properties = new Dict();
    for (const [name, value] of this.properties.entries())
      if (!isNothing(value)) properties.set(this.properties.markedKey(name), value);
    return dict.set("Properties", properties);
  }
}

/** Types whose Ref is an ARN. */
const KNOWN_BY_REF = new Set([
  "AWS::Lambda::Alias",
  "AWS::Lambda::Version",
  "AWS::SNS::Topic",
  "AWS::StepFunctions::StateMachine",
  "AWS::StepFunctions::StateMachineAlias",
  "AWS::StepFunctions::StateMachineVersion",
]);

export function checkId(id: string): void {
  if (!/^[A-Za-z0-9]+$/.test(id)) throw badResource(id, "Logical ids must be alphanumeric.");
}

export function handedOn(attributes: Dict): Dict {
  const some = new Dict();
  for (const name of HANDED_ON) if (attributes.has(name)) some.set(name, attributes.get(name));
  return some;
}

/** Those attributes of a resource in the template that SAM knows. */
export function keptAttributes(resource: Dict): Dict {
  const kept = new Dict();
  for (const name of KEPT_ATTRIBUTES) if (resource.has(name)) kept.set(name, resource.get(name));
  return kept;
}

/** Tags as a list of keys and values. */
export function tagList(tags: Value | undefined): Value[] {
  if (!isDict(tags)) return [];
  return tags.entries().map(([key, value]) => asValue({ Key: key, Value: value ?? "" }));
}
