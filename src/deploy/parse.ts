import {
  type CollectionTag,
  isCollection,
  isNode,
  LineCounter,
  type Pair,
  parseDocument,
  type ScalarTag,
  YAMLMap,
  YAMLSeq,
} from "yaml";
import { isNestedTooDeep } from "../kernel/nesting.ts";
import { TemplateError } from "./template-error.ts";

/** Plain data: intrinsic functions are maps with one member, `{ Ref: … }`, `{ "Fn::Sub": … }`. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonMap = { readonly [name: string]: Json };

/** Short forms of YAML, `!Sub`, and the functions they stand for. */
const TAGS = [
  "And",
  "Base64",
  "Cidr",
  "Condition",
  "Contains",
  "EachMemberEquals",
  "EachMemberIn",
  "Equals",
  "FindInMap",
  "GetAZs",
  "GetAtt",
  "If",
  "ImportValue",
  "Join",
  "Length",
  "Not",
  "Or",
  "Ref",
  "RefAll",
  "Select",
  "Split",
  "Sub",
  "ToJsonString",
  "Transform",
  "ValueOf",
  "ValueOfAll",
];

const functionName = (tag: string) => (tag === "Ref" || tag === "Condition" ? tag : `Fn::${tag}`);

/** `!GetAtt Queue.Arn`: the resource's name has no dots, what follows may. */
function argumentOf(tag: string, value: unknown): unknown {
  if (tag !== "GetAtt" || typeof value !== "string") return value;
  const dot = value.indexOf(".");
  return dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)];
}

const CUSTOM_TAGS: (ScalarTag | CollectionTag)[] = TAGS.flatMap((tag) => [
  {
    tag: `!${tag}`,
    resolve: (text: string) => ({ [functionName(tag)]: argumentOf(tag, text) }),
  },
  {
    tag: `!${tag}`,
    collection: "seq",
    nodeClass: YAMLSeq,
    resolve: (node) => wrapped(tag, node),
  },
  {
    tag: `!${tag}`,
    collection: "map",
    nodeClass: YAMLMap,
    resolve: (node) => wrapped(tag, node),
  },
]);

function wrapped(tag: string, node: unknown): YAMLMap {
  const map = new YAMLMap();
  map.items = [{ key: functionName(tag), value: node } as Pair];
  return map;
}

/**
 * A template as data, from JSON or YAML with CloudFormation's short forms. Throws a TemplateError with line
 * and column for what is neither.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
 */
export function parseTemplate(text: string): JsonMap {
  if (isNestedTooDeep(text))
    throw new TemplateError("Template format error: It is nested deeper than 200 levels.");
  const json = ofJson(text);
  if (json) return json;
  const counter = new LineCounter();
  const document = parseDocument(text, {
    customTags: CUSTOM_TAGS,
    lineCounter: counter,
    prettyErrors: false,
    // Templates write dates and octal numbers that are meant as text.
    schema: "core",
    uniqueKeys: true,
  });
  // A tag that there is not is merely warned of, and would be taken for text.
  const error = document.errors[0] ?? document.warnings.find(({ code }) => code === "TAG_RESOLVE_FAILED");
  if (error) {
    const { line, col } = counter.linePos(error.pos[0]);
    throw new TemplateError(`Template format error: ${error.message}`, { line, column: col });
  }
  const value = dataOf(document);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TemplateError("Template format error: unsupported structure.");
  }
  return value as JsonMap;
}

/** What tools write is JSON, which is read much faster. What is none is read as YAML, which tells where. */
function ofJson(text: string): JsonMap | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Where in a template's text a path leads, as far as it goes; undefined where not even into a section. */
export function placeOf(text: string, path: string): { line: number; column: number } | undefined {
  const counter = new LineCounter();
  let node: unknown = parseDocument(text, {
    customTags: CUSTOM_TAGS,
    lineCounter: counter,
    prettyErrors: false,
    schema: "core",
  }).contents;
  let at: number | undefined;
  let depth = 0;
  for (const name of path.split("/").slice(1)) {
    if (!isCollection(node)) break;
    const pair = node instanceof YAMLMap ? node.items.find(({ key }) => String(key) === name) : undefined;
    const item: unknown = node instanceof YAMLSeq ? node.items[Number(name)] : (pair?.key ?? undefined);
    const range = isNode(item) ? item.range : undefined;
    if (!range) break;
    at = range[0];
    depth++;
    node = pair ? pair.value : item;
  }
  if (at === undefined || depth < 2) return undefined;
  const { line, col } = counter.linePos(at);
  return { line, column: col };
}

/** Refuses aliases that stand for themselves, and those that come to more than any template. */
function dataOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 1000 });
    JSON.stringify(value);
    return value;
  } catch {
    throw new TemplateError("Template format error: Its aliases cannot be resolved.");
  }
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
