import { parse } from "yaml";
import { isNestedTooDeep } from "../../../kernel/nesting.ts";

/** Members of an OpenAPI document, of either version: anything may be there. */
export type Members = Readonly<Record<string, unknown>>;

export type OpenApiVersion = "2.0" | "3.0";

export interface OpenApiDocument {
  readonly version: OpenApiVersion;
  readonly root: Members;
}

const LARGEST_BYTES = 6 * 1024 * 1024;

/** Reads a document in JSON or YAML; undefined for what is no OpenAPI. */
export function readOpenApi(body: Uint8Array): OpenApiDocument | undefined {
  if (body.length > LARGEST_BYTES) return undefined;
  const text = Buffer.from(body).toString();
  let root: unknown;
  try {
    root = text.trimStart().startsWith("{") ? JSON.parse(text) : fromYaml(text);
  } catch {
    return undefined;
  }
  if (!isMembers(root)) return undefined;
  if (String(root.swagger ?? "").startsWith("2")) return { version: "2.0", root };
  return String(root.openapi ?? "").startsWith("3") ? { version: "3.0", root } : undefined;
}

/** Throws for what is no YAML, what is nested too deep, and aliases that stand for themselves. */
function fromYaml(text: string): unknown {
  if (isNestedTooDeep(text)) throw new RangeError("The document is nested too deep.");
  const root: unknown = parse(text, { maxAliasCount: 100 });
  JSON.stringify(root);
  return root;
}

export function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that has members itself, or none. */
export function membersOf(value: unknown): Members {
  return isMembers(value) ? value : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string"
    ? value
    : value === undefined || value === null
      ? undefined
      : String(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A member by the place that `#/definitions/Pet` names, followed to its end. */
export function resolveReference(root: Members, value: unknown): unknown {
  let found = value;
  for (let hops = 0; hops < 20 && isMembers(found) && typeof found.$ref === "string"; hops++) {
    const path = found.$ref.split("/").slice(1);
    found = path.reduce<unknown>(
      (at, name) => membersOf(at)[name.replaceAll("~1", "/").replaceAll("~0", "~")],
      root,
    );
  }
  return found;
}

/** The last part of a reference: `Pet` of `#/components/schemas/Pet`. */
export function referencedName(value: unknown): string | undefined {
  const reference = membersOf(value).$ref;
  return typeof reference === "string" ? reference.split("/").at(-1) : undefined;
}
