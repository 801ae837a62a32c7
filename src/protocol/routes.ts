import type { OperationModel } from "./protocol.ts";

/** One operation's request line as the model writes it. */
export interface Route {
  readonly operation: OperationModel;
  readonly method: string;
  /** `/{Bucket}/{Key+}` */
  readonly path: string;
  /** `list-type=2`, `uploads`, `analytics&x-id=…`. */
  readonly literals: string;
  /** Names of query parameters that the input requires. */
  readonly requiredQuery: readonly string[];
  readonly requiredMembers: number;
}

export type Router = (method: string, path: string, query: string) => OperationModel | undefined;

/** A place in the tree of path segments. */
interface Node {
  readonly literals: Map<string, Node>;
  label?: Node;
  /** Where a greedy label starts: what may follow it, longest first. */
  readonly greedy: { readonly suffix: string; readonly end: Node }[];
  readonly candidates: Candidate[];
}

interface Candidate {
  readonly operation: OperationModel;
  readonly literals: readonly (readonly [key: string, value: string])[];
  /** The `x-id` that SDKs add so that a person can read the request; it is not required. */
  readonly hint: string | undefined;
  readonly requiredQuery: readonly string[];
  readonly requiredMembers: number;
}

/**
 * A router over all of a service's operations. Literal segments win over labels, labels over greedy
 * ones. Among operations on one path the one with the most query literals in the request wins, then
 * the one whose required query parameters are there (`?uploadId=…` is ListParts, not GetObject).
 */
export function compileRoutes(routes: readonly Route[]): Router {
  const methods = new Map<string, Node>();
  for (const route of routes) {
    const root = methods.get(route.method) ?? newNode();
    methods.set(route.method, root);
    insert(root, route);
  }
  for (const root of methods.values()) order(root);
  return (method, path, query) => {
    const root = methods.get(method);
    if (root === undefined) return undefined;
    const candidates = find(root, path, path.startsWith("/") ? 1 : 0);
    return candidates === undefined ? undefined : choose(candidates, query);
  };
}

function newNode(): Node {
  return { literals: new Map(), greedy: [], candidates: [] };
}

function insert(root: Node, route: Route): void {
  let node = root;
  const segments = route.path.split("/").filter((segment) => segment !== "");
  for (const [index, segment] of segments.entries()) {
    if (segment.endsWith("+}")) {
      const rest = segments.slice(index + 1);
      const suffix = rest.length === 0 ? "" : `/${rest.join("/")}`;
      const known = node.greedy.find((greedy) => greedy.suffix === suffix);
      const end = known?.end ?? newNode();
      if (known === undefined) node.greedy.push({ suffix, end });
      node = end;
      break;
    }
    if (segment.startsWith("{")) {
      node.label ??= newNode();
      node = node.label;
    } else {
      const next = node.literals.get(segment) ?? newNode();
      node.literals.set(segment, next);
      node = next;
    }
  }
  const pairs = parseQuery(route.literals);
  node.candidates.push({
    operation: route.operation,
    literals: pairs.filter(([key]) => key !== "x-id"),
    hint: pairs.find(([key]) => key === "x-id")?.[1],
    requiredQuery: route.requiredQuery,
    requiredMembers: route.requiredMembers,
  });
}

/** Puts the candidates with the fewest demands last, so that the first that fits is the right one. */
function order(node: Node): void {
  node.candidates.sort(
    (one, other) =>
      other.literals.length - one.literals.length ||
      other.requiredQuery.length - one.requiredQuery.length ||
      one.requiredMembers - other.requiredMembers ||
      (one.operation.name < other.operation.name ? -1 : 1),
  );
  node.greedy.sort((one, other) => other.suffix.length - one.suffix.length);
  for (const next of node.literals.values()) order(next);
  if (node.label !== undefined) order(node.label);
  for (const { end } of node.greedy) order(end);
}

function find(node: Node, path: string, from: number): readonly Candidate[] | undefined {
  if (from >= path.length) return node.candidates.length > 0 ? node.candidates : undefined;
  const slash = path.indexOf("/", from);
  const end = slash === -1 ? path.length : slash;
  const segment = path.slice(from, end);
  const literal = node.literals.get(segment);
  const byLiteral = literal === undefined ? undefined : find(literal, path, end + 1);
  if (byLiteral !== undefined) return byLiteral;
  const byLabel = node.label === undefined || segment === "" ? undefined : find(node.label, path, end + 1);
  if (byLabel !== undefined) return byLabel;
  for (const greedy of node.greedy) {
    if (path.length - from > greedy.suffix.length && path.endsWith(greedy.suffix)) {
      return greedy.end.candidates;
    }
  }
  return undefined;
}

function choose(candidates: readonly Candidate[], query: string): OperationModel | undefined {
  if (candidates.length === 1 && candidates[0]?.literals.length === 0) return candidates[0].operation;
  const given = new Map(parseQuery(query));
  const hint = given.get("x-id");
  let best: Candidate | undefined;
  let incomplete: Candidate | undefined;
  for (const candidate of candidates) {
    if (!candidate.literals.every(([key, value]) => fits(given, key, value))) continue;
    if (best !== undefined && ranksBelow(candidate, best)) break;
    if (!candidate.requiredQuery.every((key) => given.has(key))) {
      if (incomplete === undefined || !ranksBelow(candidate, incomplete)) incomplete = candidate;
    } else if (best === undefined || (hint !== undefined && candidate.hint === hint)) {
      best = candidate;
    }
  }
  // Parameters that an operation requires are for validation to miss, where no other operation fits.
  if (best === undefined) return incomplete?.operation;
  if (incomplete !== undefined && incomplete.literals.length > best.literals.length) {
    return incomplete.operation;
  }
  return best.operation;
}

function fits(given: ReadonlyMap<string, string>, key: string, value: string): boolean {
  const found = given.get(key);
  return found !== undefined && (value === "" || found === value);
}

function ranksBelow(candidate: Candidate, than: Candidate): boolean {
  return (
    candidate.literals.length < than.literals.length ||
    candidate.requiredQuery.length < than.requiredQuery.length
  );
}

function parseQuery(query: string): [string, string][] {
  if (query === "") return [];
  return query.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    return equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}
