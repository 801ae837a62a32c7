import { type Dict, dictOf, isDict, isList, truthy, type Value } from "../dict.ts";
import { getAtt } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import type { Make } from "./make.ts";

/** What a pipeline does before its functions and after them where nothing else is said. */
const PASSING_CODE = `
export function request(ctx) {
    return {};
}

export function response(ctx) {
    return ctx.prev.result;
}
`;

/** Functions of pipelines, the resolvers made of them, and the source of those that need no data. */
export function functionsAndResolvers(macro: Macro, make: Make, sources: Map<string, Value>): Resource[] {
  const { id, properties } = macro;
  const none = make("AWS::AppSync::DataSource", "NoneDataSource");
  none.set({ ApiId: getAtt(id, "ApiId"), Name: none.id, Type: "NONE" });
  let needsNone = false;
  const sourceOf = (name: string, given: Value | undefined): Value => {
    if (!truthy(given)) throw badResource(name, "'DataSource' must be set.");
    if (typeof given !== "string") return given ?? null;
    if (given.toLowerCase() === "none") {
      needsNone = true;
      return getAtt(none.id, "Name");
    }
    const source = sources.get(given);
    if (source !== undefined) return source;
    throw badResource(
      name,
      `Either define DataSource '${given}' in 'DataSources' or use intrinsic function like GetAtt, ` +
        "ImportValue, Sub or another one to reference a DataSource defined outside of this GraphQLApi " +
        "resource.",
    );
  };
  const ids = new Map<string, Value>();
  const functions = (properties.dict("Functions")?.entries() ?? []).flatMap(([name, given]) => {
    if (!isDict(given)) return [];
    if (truthy(given.get("Id"))) {
      if (given.values().filter((value) => value !== null).length !== 1)
        throw badResource(name, "'Id' cannot be defined with other properties in Function.");
      ids.set(name, given.get("Id") ?? null);
      return [];
    }
    const made = pipelineFunction(id, name, given, make, sourceOf);
    ids.set(name, getAtt(made.id, "FunctionId"));
    return [made];
  });
  const resolvers = (properties.dict("Resolvers")?.entries() ?? []).flatMap(([type, fields]) =>
    (isDict(fields) ? fields.entries() : []).flatMap(([name, given]) =>
      isDict(given) ? resolver(macro, type, name, given, ids) : [],
    ),
  );
  return [...functions, ...resolvers, ...(needsNone ? [none] : [])];
}

function pipelineFunction(
  id: string,
  name: string,
  given: Dict,
  make: Make,
  sourceOf: (name: string, given: Value | undefined) => Value,
): Resource {
  const code = given.get("InlineCode");
  const uri = given.get("CodeUri");
  checkCode(name, given);
  if (!truthy(code) && !truthy(uri)) throw badResource(name, "One of 'InlineCode' or 'CodeUri' must be set.");
  const own = given.get("Name");
  return make("AWS::AppSync::FunctionConfiguration", name).set({
    ApiId: getAtt(id, "ApiId"),
    Name: truthy(own) ? own : name,
    Code: truthy(code) ? code : undefined,
    CodeS3Location: truthy(code) ? undefined : uri,
    DataSourceName: sourceOf(name, given.get("DataSource")),
    MaxBatchSize: given.get("MaxBatchSize"),
    Description: given.get("Description"),
    Runtime: runtimeOf(name, given),
    SyncConfig: given.get("Sync"),
  });
}

function checkCode(name: string, given: Dict): void {
  if (truthy(given.get("InlineCode")) && truthy(given.get("CodeUri")))
    throw badResource(name, "Both 'InlineCode' and 'CodeUri' cannot be defined at the same time.");
}

function runtimeOf(name: string, given: Dict): Dict {
  const runtime = given.get("Runtime");
  if (isDict(runtime)) return dictOf({ Name: runtime.get("Name"), RuntimeVersion: runtime.get("Version") });
  throw badResource(name, `'Runtime' must be defined as a property in ${name}.`);
}

function resolver(
  { id, attributes }: Macro,
  type: string,
  name: string,
  given: Dict,
  ids: ReadonlyMap<string, Value>,
): Resource {
  const made = new Resource("AWS::AppSync::Resolver", id + type + name, {
    attributes,
    dependsOn: [`${id}Schema`],
  });
  checkCode(name, given);
  const hasCode = truthy(given.get("InlineCode")) || truthy(given.get("CodeUri"));
  const runtime = hasCode ? runtimeOf(name, given) : dictOf({ Name: "APPSYNC_JS", RuntimeVersion: "1.0.0" });
  const pipeline = given.get("Pipeline");
  if (!truthy(pipeline) || !isList(pipeline)) {
    throw badResource(
      name,
      `Resolver '${name}' must have Pipeline defined. Unit resolvers are not supported. If you need a Unit ` +
        "resolver you can use AppSync resource.",
    );
  }
  const functions = pipeline.map((one) => {
    const found = ids.get(String(one));
    if (found !== undefined) return found;
    throw badResource(name, `Function '${String(one)}' does not exist.`);
  });
  const field = given.get("FieldName");
  const batch = given.get("MaxBatchSize");
  return made.set({
    Code: hasCode ? given.get("InlineCode") : PASSING_CODE,
    CodeS3Location: given.get("CodeUri"),
    Runtime: runtime,
    ApiId: getAtt(id, "ApiId"),
    FieldName: truthy(field) ? field : name,
    TypeName: type,
    Kind: "PIPELINE",
    PipelineConfig: { Functions: functions },
    CachingConfig: given.get("Caching"),
    MaxBatchSize: truthy(batch) ? batch : undefined,
  });
}
