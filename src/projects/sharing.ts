import { isMap, type Json, type JsonMap } from "../deploy/parse.ts";
import type { Artefact } from "./packaging.ts";
import { globalsOf } from "./sources.ts";

/** Something that several functions are made of: a change of it changes them all. */
export interface Share {
  readonly kind: "layer" | "library" | "file" | "package";
  /** A layer's logical id or ARN, a workspace package's name, a file of the project, `zod@4.6.7`. */
  readonly name: string;
  /** Logical ids. */
  readonly functions: readonly string[];
}

const ORDER = ["layer", "library", "file", "package"] as const;

/** What the functions of a deployment share, by what each was made of. */
export function sharesOf(template: JsonMap, artefacts: readonly Artefact[]): Share[] {
  const users = new Map<string, { kind: Share["kind"]; name: string; functions: Set<string> }>();
  const use = (kind: Share["kind"], name: string, logicalId: string) => {
    const known = users.get(`${kind} ${name}`) ?? { kind, name, functions: new Set() };
    known.functions.add(logicalId);
    users.set(`${kind} ${name}`, known);
  };
  for (const { logicalId, property, libraries, files, packages } of artefacts) {
    if (property !== "Code" && property !== "CodeUri") continue;
    for (const name of libraries) use("library", name, logicalId);
    for (const name of files) use("file", name, logicalId);
    for (const name of packages) use("package", name, logicalId);
  }
  for (const [logicalId, layers] of layersOf(template))
    for (const name of layers) use("layer", name, logicalId);
  return [...users.values()]
    .filter(({ kind, functions }) => functions.size > 1 || kind === "layer")
    .map(({ functions, ...rest }) => ({ ...rest, functions: [...functions].sort() }))
    .sort(
      (one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind) || (one.name < other.name ? -1 : 1),
    );
}

const FUNCTIONS = new Set(["AWS::Lambda::Function", "AWS::Serverless::Function"]);

function* layersOf(template: JsonMap): Generator<[string, string[]]> {
  const { Layers: everywhere = [] } = globalsOf(template);
  const resources = isMap(template.Resources) ? template.Resources : {};
  for (const [logicalId, resource] of Object.entries(resources)) {
    if (!isMap(resource) || !FUNCTIONS.has(String(resource.Type))) continue;
    const own = isMap(resource.Properties) ? (resource.Properties.Layers ?? []) : [];
    const inherited = resource.Type === "AWS::Serverless::Function" ? listOf(everywhere) : [];
    yield [logicalId, [...inherited, ...listOf(own)].map(layerName)];
  }
}

const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : []);

function layerName(value: Json): string {
  if (typeof value === "string") return value;
  return isMap(value) && typeof value.Ref === "string" ? value.Ref : JSON.stringify(value);
}
