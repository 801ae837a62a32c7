import { namesOf, SUBSTITUTION, subParts } from "./intrinsics.ts";
import { isMap, type Json } from "./parse.ts";
import type { Template, TemplateResource } from "./template.ts";
import { TemplateError } from "./template-error.ts";

type Resources = Readonly<Record<string, TemplateResource>>;

/** By resource: those it needs, because it names them or says that it depends on them. */
export function dependenciesOf(resources: Resources): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [name, resource] of Object.entries(resources)) {
    const needed = new Set<string>();
    for (const other of resource.DependsOn) {
      if (!Object.hasOwn(resources, other)) {
        throw new TemplateError(
          `Template format error: Unresolved resource dependencies [${other}] in the Resources block ` +
            "of the template",
        );
      }
      needed.add(other);
    }
    collect(resource.Properties, resources, needed);
    collect(resource.UpdatePolicy ?? {}, resources, needed);
    graph.set(name, needed);
  }
  checkCircles(graph);
  return graph;
}

/** Refuses what names a resource or a parameter that there is not. */
export function checkReferences(
  { resources, parameters, outputs }: Template,
  pseudo: ReadonlySet<string>,
): void {
  const known = (name: string) =>
    Object.hasOwn(resources, name) || Object.hasOwn(parameters, name) || pseudo.has(name);
  const check = (block: string, parts: Iterable<readonly [string, unknown]>) => {
    const unknown: (readonly [string, string])[] = [];
    for (const [path, value] of parts) {
      const named = new Set<string>();
      collect(value as Json, new Proxy({}, ANYTHING) as Resources, named);
      for (const name of named) if (!known(name)) unknown.push([name, path]);
    }
    if (unknown.length === 0) return;
    const names = [...new Set(unknown.map(([name]) => name))].join(", ");
    throw new TemplateError(
      `Template format error: Unresolved resource dependencies [${names}] in the ${block} block of ` +
        "the template",
      unknown[0]?.[1],
    );
  };
  check("Resources", propertiesIn(resources));
  check(
    "Outputs",
    Object.entries(outputs).map(([name, { Value }]) => [`/Outputs/${name}/Value`, Value] as const),
  );
}

/** Each property of each resource, with where it stands. */
function* propertiesIn(resources: Resources): Generator<readonly [string, Json]> {
  for (const [name, { Properties }] of Object.entries(resources)) {
    for (const [property, value] of Object.entries(Properties))
      yield [`/Resources/${name}/Properties/${property}`, value];
  }
}

/** What is asked of a resource by `Fn::GetAtt` and in `Fn::Sub`, and where. */
export interface AskedAttribute {
  readonly resource: string;
  readonly attribute: string;
  readonly path: string;
}

/** The attributes that a template asks for by names that are not worked out first. */
export function attributesAsked({
  resources,
  outputs,
}: Pick<Template, "resources" | "outputs">): AskedAttribute[] {
  const outputValues = Object.entries(outputs).map(
    ([name, { Value }]) => [`/Outputs/${name}/Value`, Value] as const,
  );
  return [...propertiesIn(resources), ...outputValues].flatMap(([path, value]) =>
    attributesIn(value).map(([resource, attribute]) => ({ resource, attribute, path })),
  );
}

function attributesIn(value: Json): (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => attributesIn(item));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === "Fn::GetAtt") {
      const [resource, attribute] = namesOf(member);
      return typeof attribute === "string" ? [[resource, attribute] as const] : [];
    }
    if (name !== "Fn::Sub") return attributesIn(member);
    const { text, variables } = subParts(member);
    const asked = [...text.matchAll(SUBSTITUTION)].flatMap(([, literal, given = ""]) => {
      const [resource = "", ...attribute] = given.trim().split(".");
      const isAsked = !literal && attribute.length > 0 && !Object.hasOwn(variables, given.trim());
      return isAsked ? [[resource, attribute.join(".")] as const] : [];
    });
    return [...asked, ...attributesIn(variables)];
  });
}

/** Has whatever is asked for. */
const ANYTHING: ProxyHandler<object> = {
  getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: true }),
};

function collect(value: Json, resources: Resources, needed: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item as Json, resources, needed);
    return;
  }
  if (!isMap(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === "Ref" && typeof member === "string") add(member, resources, needed);
    else if (name === "Fn::GetAtt") {
      const [resource, attribute] = namesOf(member);
      add(resource, resources, needed);
      if (attribute !== undefined) collect(attribute, resources, needed);
    } else if (name === "Fn::Sub") {
      const { text, variables } = subParts(member);
      for (const [, literal, given = ""] of text.matchAll(SUBSTITUTION)) {
        const [resource = ""] = given.trim().split(".", 1);
        if (!literal && !Object.hasOwn(variables, given.trim())) add(resource, resources, needed);
      }
      collect(variables, resources, needed);
    } else collect(member, resources, needed);
  }
}

function add(name: string, resources: Resources, needed: Set<string>): void {
  if (Object.hasOwn(resources, name)) needed.add(name);
}

function checkCircles(graph: ReadonlyMap<string, ReadonlySet<string>>): void {
  const left = new Map([...graph].map(([name, needed]) => [name, new Set(needed)]));
  for (let removed = true; removed; ) {
    removed = false;
    for (const [name, needed] of left) {
      if ([...needed].some((other) => left.has(other))) continue;
      left.delete(name);
      removed = true;
    }
  }
  if (left.size === 0) return;
  const names = withoutUnneeded(left);
  throw new TemplateError(
    `Circular dependency between resources: [${names.join(", ")}]`,
    `/Resources/${names[0]}`,
  );
}

/** The circle itself, without those that merely need it. */
function withoutUnneeded(left: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const names = new Set(left.keys());
  for (let removed = true; removed; ) {
    const needed = new Set([...names].flatMap((name) => [...(left.get(name) ?? [])]));
    removed = [...names].filter((name) => !needed.has(name)).some((name) => names.delete(name));
  }
  return [...names];
}

/** What names the values that a template imports of other stacks. */
export function importsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(importsIn);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "Fn::ImportValue" ? [member] : importsIn(member),
  );
}
