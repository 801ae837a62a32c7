// Whether the platform has what a template wants: before anything is touched.
import { attributesAsked } from "../../deploy/graph.ts";
import type { Json, JsonMap } from "../../deploy/parse.ts";
import type { Template, TemplateResource } from "../../deploy/template.ts";
import { TemplateError } from "../../deploy/template-error.ts";
import type { Context, ResourceType } from "../define.ts";
import type { Wanted } from "./records.ts";
import { type Idle, idleIn, resourcesText } from "./remarks.ts";

type Resources = Readonly<Record<string, TemplateResource>>;

/** Stands among the capabilities of a request that would rather have some resources left out. */
const LENIENT = "NUAGE_ALLOW_UNSUPPORTED";
/** And of one that does not wait for traffic to move bit by bit. */
const AT_ONCE = "NUAGE_ALL_AT_ONCE";

export const wishesIn = (capabilities: readonly string[] = []): Pick<Wanted, "leavesOut" | "isAtOnce"> => ({
  ...(capabilities.includes(LENIENT) ? { leavesOut: true } : {}),
  ...(capabilities.includes(AT_ONCE) ? { isAtOnce: true } : {}),
});

interface Checked {
  readonly resources: Resources;
  /** Those that are left out, by their types. */
  readonly left: Readonly<Record<string, string>>;
  readonly idle: Idle;
}

/** Parts resources into those that can be made and those that are to be left out. Throws a TemplateError. */
export async function checkTypes(
  { resourceTypes }: Pick<Context, "resourceTypes">,
  all: Resources,
  template: Template,
  isLenient: boolean,
): Promise<Checked> {
  const types = new Map<string, ResourceType>();
  const left: Record<string, string> = {};
  for (const [name, { Type, Properties }] of Object.entries(all)) {
    const type = await resourceTypes.find(Type);
    if (!type) {
      left[name] = Type;
      continue;
    }
    types.set(name, type);
    checkProperties(name, Type, type, Properties);
    checkSecrets(Type, Properties, `/Resources/${name}/Properties`);
  }
  if (Object.keys(left).length > 0 && !resourceTypes.leavesOut && !isLenient) refuse(left);
  checkAttributes(types, all, template);
  const resources = Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => types.has(name))
      .map(([name, resource]) => [
        name,
        { ...resource, DependsOn: resource.DependsOn.filter((other) => !Object.hasOwn(left, other)) },
      ]),
  );
  return { resources, left, idle: idleIn(types, resources) };
}

function refuse(left: Checked["left"]): never {
  const modules = Object.entries(left).filter(([, type]) => type.endsWith("::MODULE"));
  const [first] = modules.length > 0 ? modules : Object.entries(left);
  if (modules.length > 0) {
    throw new TemplateError(
      `Modules are not part of this platform: [${resourcesText(modules)}]`,
      `/Resources/${first?.[0]}/Type`,
    );
  }
  throw new TemplateError(
    `Template format error: Unrecognized resource types: [${resourcesText(Object.entries(left))}]`,
    `/Resources/${first?.[0]}/Type`,
  );
}

function checkProperties(name: string, typeName: string, type: ResourceType, properties: JsonMap): void {
  const path = `/Resources/${name}/Properties`;
  const unknown = Object.keys(properties).find((each) => !Object.hasOwn(type.properties, each));
  if (unknown !== undefined && type.others === undefined) {
    throw new TemplateError(
      `Encountered unsupported property ${unknown} of ${typeName} (${name})`,
      `${path}/${unknown}`,
    );
  }
  const missing = (type.required ?? []).find((each) => properties[each] === undefined);
  if (missing !== undefined)
    throw new TemplateError(`Property ${missing} cannot be empty: ${typeName} (${name})`, path);
}

/** Where AWS takes what the Parameter Store keeps secret. */
const SECRET_PLACES: ReadonlySet<string> = new Set(["AWS::IAM::User/Properties/LoginProfile/Password"]);

function checkSecrets(type: string, value: Json, path: string): void {
  if (typeof value === "string" && value.includes("{{resolve:ssm-secure:")) {
    const place = `${type}/${path.split("/").slice(3).join("/")}`;
    if (!SECRET_PLACES.has(place))
      throw new TemplateError(`SSM Secure reference is not supported in: [${place}]`, path);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) checkSecrets(type, member, `${path}/${name}`);
}

/** Attributes of types whose attributes are known. */
function checkAttributes(types: ReadonlyMap<string, ResourceType>, all: Resources, template: Template): void {
  for (const { resource, attribute, path } of attributesAsked({ ...template, resources: all })) {
    const known = types.get(resource)?.attributes;
    if (!known || known.includes(attribute)) continue;
    throw new TemplateError(
      `Template error: resource ${resource} does not support attribute type ${attribute} in Fn::GetAtt`,
      path,
    );
  }
}
