import { resolve } from "node:path";
import { isMap, type Json, type JsonMap } from "../deploy/parse.ts";
import type { Source } from "./build/source.ts";
import { localPath, REFERENCES, valueAt } from "./references.ts";

/** What SAM's `Globals` give every function. */
export function globalsOf(template: JsonMap): JsonMap {
  const globals = isMap(template.Globals) ? template.Globals.Function : undefined;
  return isMap(globals) ? globals : {};
}

/** A function's or a layer's code as its resource and the template's globals have it. */
export function sourceOf(
  logicalId: string,
  resource: JsonMap,
  globals: JsonMap,
  { kind, path, folder }: { kind: Source["kind"]; path: string; folder: string },
): Source {
  const own = isMap(resource.Properties) ? resource.Properties : {};
  const properties: JsonMap = String(resource.Type).startsWith("AWS::Serverless::Function")
    ? { ...globals, ...own }
    : own;
  const metadata = isMap(resource.Metadata) ? resource.Metadata : {};
  const build = isMap(metadata.BuildProperties) ? metadata.BuildProperties : {};
  const method = textOf(metadata.BuildMethod);
  return {
    logicalId,
    kind,
    path: resolve(folder, path),
    runtime: textOf(properties.Runtime) ?? runtimeOf(properties, method),
    handler: textOf(properties.Handler) ?? "",
    architecture: architectureOf(kind === "layer" ? metadata.BuildArchitecture : properties.Architectures),
    method,
    hasLayers: properties.Layers !== undefined,
    properties: metadata.SkipBuild === undefined ? build : { ...build, SkipBuild: metadata.SkipBuild },
  };
}

const textOf = (value: Json | undefined) => (typeof value === "string" ? value : undefined);

/** A layer has none, but may say which it is built for. */
function runtimeOf({ CompatibleRuntimes: runtimes }: JsonMap, method: string | undefined): string {
  const [first] = Array.isArray(runtimes) ? runtimes : [];
  return method ?? (typeof first === "string" ? first : "");
}

function architectureOf(value: Json | undefined): Source["architecture"] {
  const [first] = Array.isArray(value) ? value : [value];
  return first === "arm64" ? "arm64" : "x86_64";
}

/** The functions of a template whose code lies here. */
export function functionsOf(template: JsonMap, folder: string): Source[] {
  const globals = globalsOf(template);
  const resources = isMap(template.Resources) ? template.Resources : {};
  return Object.entries(resources).flatMap(([logicalId, resource]) => {
    if (!isMap(resource)) return [];
    const properties = isMap(resource.Properties) ? resource.Properties : {};
    const reference = REFERENCES[String(resource.Type)]?.find(({ kind }) => kind === "function");
    const own = reference && valueAt(properties, reference.property);
    const path = localPath(own ?? (reference?.property === "CodeUri" ? globals.CodeUri : undefined));
    if (path === undefined || properties.PackageType === "Image" || properties.InlineCode !== undefined)
      return [];
    return [sourceOf(logicalId, resource, globals, { kind: "function", path, folder })];
  });
}

/** The alias that SAM points at every new version of a function. */
export function aliasOf(template: JsonMap, logicalId: string): string | undefined {
  const resource = isMap(template.Resources) ? template.Resources[logicalId] : undefined;
  const own =
    isMap(resource) && isMap(resource.Properties) ? resource.Properties.AutoPublishAlias : undefined;
  return textOf(own ?? globalsOf(template).AutoPublishAlias);
}
