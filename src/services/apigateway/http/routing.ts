import type { RouteRecord } from "../v2/records.ts";

export interface Match {
  readonly route: RouteRecord;
  /** Values of the path's variables by their names. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Router {
  /** `path`: decoded, beginning with a slash. */
  find(method: string, path: string): Match | undefined;
}

/** A place in the tree of path segments. */
interface Node {
  readonly literals: Map<string, Node>;
  variable?: Node;
  /** Routes that end here, by method. */
  readonly ends: Map<string, Leaf>;
  /** Routes whose last variable takes all that follows. */
  readonly greedy: Map<string, Leaf>;
}

interface Leaf {
  readonly route: RouteRecord;
  readonly names: readonly string[];
}

const newNode = (): Node => ({ literals: new Map(), ends: new Map(), greedy: new Map() });

/**
 * Chooses routes as HTTP APIs do: one that fits the whole path and the method, then one with a greedy
 * variable, then `$default`. Literal segments win over variables, a method over ANY.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function compileRoutes(routes: readonly RouteRecord[]): Router {
  const root = newNode();
  let fallback: RouteRecord | undefined;
  for (const route of routes) {
    if (route.RouteKey === "$default") fallback = route;
    else insert(root, route);
  }
  return {
    find(method, path) {
      const segments = path.slice(1).split("/");
      for (const isGreedy of [false, true]) {
        const values: string[] = [];
        const leaf = search(root, segments, 0, method, isGreedy, values);
        if (leaf) return { route: leaf.route, parameters: named(leaf.names, values) };
      }
      return fallback && { route: fallback, parameters: {} };
    },
  };
}

function insert(root: Node, route: RouteRecord): void {
  const space = route.RouteKey.indexOf(" ");
  const method = route.RouteKey.slice(0, space);
  const names: string[] = [];
  let node = root;
  for (const segment of route.RouteKey.slice(space + 2).split("/")) {
    const variable = /^\{(.+?)(\+?)\}$/.exec(segment);
    if (!variable) {
      const next = node.literals.get(segment) ?? newNode();
      node.literals.set(segment, next);
      node = next;
      continue;
    }
    names.push(variable[1] ?? "");
    if (variable[2]) {
      node.greedy.set(method, { route, names });
      return;
    }
    node.variable ??= newNode();
    node = node.variable;
  }
  node.ends.set(method, { route, names });
}

function search(
  node: Node,
  segments: readonly string[],
  at: number,
  method: string,
  isGreedy: boolean,
  values: string[],
): Leaf | undefined {
  const segment = segments[at];
  if (segment === undefined) return isGreedy ? undefined : (node.ends.get(method) ?? node.ends.get("ANY"));
  const literal = node.literals.get(segment);
  const byLiteral = literal && search(literal, segments, at + 1, method, isGreedy, values);
  if (byLiteral) return byLiteral;
  if (node.variable && segment !== "") {
    values.push(segment);
    const byVariable = search(node.variable, segments, at + 1, method, isGreedy, values);
    if (byVariable) return byVariable;
    values.pop();
  }
  const rest = isGreedy ? segments.slice(at).join("/") : "";
  const greedy = rest === "" ? undefined : (node.greedy.get(method) ?? node.greedy.get("ANY"));
  if (greedy) values.push(rest);
  return greedy;
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}
