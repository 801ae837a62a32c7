import type * as sdk from "@aws-sdk/client-api-gateway";
import type { RestDefinition } from "../records.ts";

/** The resource that a path leads to, and what stands in the path where the resource has a variable. */
export interface Route {
  readonly resource: sdk.Resource;
  /** Decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

interface Branch {
  readonly resource: sdk.Resource;
  readonly fixed: Map<string, Branch>;
  variable?: { readonly name: string; readonly branch: Branch };
  greedy?: { readonly name: string; readonly resource: sdk.Resource };
}

export type Router = (path: string) => Route | undefined;

/**
 * Finds resources by path: what is written out goes before a variable, and a variable before a greedy one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
 */
export function createRouter({ resources }: Pick<RestDefinition, "resources">): Router {
  const all = Object.values(resources);
  const root = all.find(({ parentId }) => parentId === undefined);
  if (!root) return () => undefined;
  const tree = branchOf(root, all);
  return (path) => find(tree, segmentsOf(path), 0, {});
}

function branchOf(resource: sdk.Resource, all: readonly sdk.Resource[]): Branch {
  const branch: Branch = { resource, fixed: new Map() };
  for (const child of all) {
    if (child.parentId !== resource.id) continue;
    const { pathPart = "" } = child;
    if (!pathPart.startsWith("{")) branch.fixed.set(pathPart, branchOf(child, all));
    else if (pathPart.endsWith("+}")) branch.greedy = { name: pathPart.slice(1, -2), resource: child };
    else branch.variable = { name: pathPart.slice(1, -1), branch: branchOf(child, all) };
  }
  return branch;
}

/** A slash at the end makes no difference. */
function segmentsOf(path: string): string[] {
  const trimmed = path.replace(/^\/+/, "").replace(/\/$/, "");
  return trimmed === "" ? [] : trimmed.split("/");
}

function find(
  branch: Branch,
  segments: readonly string[],
  at: number,
  parameters: Readonly<Record<string, string>>,
): Route | undefined {
  const segment = segments[at];
  if (segment === undefined) {
    const { resourceMethods = {} } = branch.resource;
    return Object.keys(resourceMethods).length > 0
      ? { resource: branch.resource, pathParameters: parameters }
      : undefined;
  }
  const fixed = branch.fixed.get(decoded(segment));
  const found = fixed && find(fixed, segments, at + 1, parameters);
  if (found) return found;
  if (branch.variable) {
    const { name, branch: inner } = branch.variable;
    const below = find(inner, segments, at + 1, { ...parameters, [name]: decoded(segment) });
    if (below) return below;
  }
  if (!branch.greedy) return undefined;
  const { name, resource } = branch.greedy;
  return { resource, pathParameters: { ...parameters, [name]: segments.slice(at).map(decoded).join("/") } };
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
