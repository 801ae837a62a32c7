// What the kinds of resources that stacks may have are made of: properties as templates write them.

/** A value of a template once all its functions are evaluated. */
export type Property = string | number | boolean | null | readonly Property[] | Properties;
export type Properties = { readonly [name: string]: Property };

/** What a change of a property comes to; accepted: it is kept and has no effect. */
export type Change = "update" | "replace" | "accepted";

/** What a stack wants a resource to be. */
export interface ResourceInput {
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** As the template names it: `Custom::Seed`. */
  readonly type: string;
  /** A UUID that stands for what is done now: it is the same when a restart has it done again. */
  readonly token: string;
  readonly properties: Properties;
  /** What its making waits for, functions evaluated; empty where nothing is said. */
  readonly creationPolicy: Properties;
  /** How its changes are to go, functions evaluated; empty where nothing is said. */
  readonly updatePolicy: Properties;
  /** The stack's own. */
  readonly tags: Readonly<Record<string, string>>;
  /** Those the stack had when the resource was last made or changed. */
  readonly tagsBefore: Readonly<Record<string, string>>;
  /** `{stack}-{logical id}-{12 characters}`, the same each time, of at most `longest` characters. */
  name(longest: number): string;
}

/** What there is of a resource: what `Ref` and `Fn::GetAtt` give. */
export interface Made {
  readonly id: string;
  readonly attributes: Properties;
}

/** Why a resource could not be made, and what there is of it nevertheless: it is removed on the way back. */
export class HalfMade extends Error {
  override readonly name = "HalfMade";
  readonly made: Made;

  constructor(cause: unknown, made: Made) {
    super("A resource was made in part.", { cause });
    this.made = made;
  }
}

/** Text of a property, or undefined. */
export function text(value: Property | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A whole number or a fraction, also where a template writes it as text. */
export function number(value: Property | undefined): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

export function flag(value: Property | undefined): boolean | undefined {
  return value === undefined || value === null ? undefined : String(value) === "true";
}

export function list(value: Property | undefined): readonly Property[] {
  return Array.isArray(value) ? value : [];
}

export function members(value: Property | undefined): Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Properties) : {};
}

/** The tags of a stack with a resource's own over them: `[{ Key, Value }]`, or a map. */
export function tagsOf({ tags, properties }: ResourceInput, name = "Tags"): Record<string, string> {
  const own = properties[name];
  const pairs = Array.isArray(own)
    ? own.map((tag) => [text(members(tag).Key) ?? "", text(members(tag).Value) ?? ""])
    : Object.entries(members(own)).map(([key, value]) => [key, text(value) ?? ""]);
  return { ...tags, ...Object.fromEntries(pairs) };
}

/** Keys of tags that a resource had, and is no longer to have. */
export function droppedTags(resource: ResourceInput, before: Properties): string[] {
  const after = tagsOf(resource);
  const had = tagsOf({ ...resource, tags: resource.tagsBefore, properties: before });
  return Object.keys(had).filter((key) => !Object.hasOwn(after, key));
}

/** Tags as a template writes them, without those that are AWS's own. */
export function tagList(tags: Readonly<Record<string, string | undefined>> | undefined): Property {
  const own = Object.entries(tags ?? {}).filter(([name]) => !name.startsWith("aws:"));
  return own.map(([Key, Value = ""]) => ({ Key, Value }));
}

/** What a read gives; undefined where the resource is gone. */
export async function unlessGone(
  work: () => Promise<object>,
  ...codes: readonly string[]
): Promise<Properties | undefined> {
  try {
    return given((await work()) as Properties);
  } catch (error) {
    if (error instanceof Error && codes.includes(error.name)) return undefined;
    throw error;
  }
}

/** Without what is undefined. */
export function given<Members extends object>(all: Members): Members {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Members;
}

/** Does what is to be gone, and says nothing where it is gone already. */
export async function gone(work: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error) || !codes.includes(error.name)) throw error;
  }
}
