import type { AdminRequest, AdminResponse } from "../../kernel/admin.ts";
import { callerOf } from "../../kernel/caller.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { EdgeFigures } from "../../observe/analysis/model.ts";
import type { Observe } from "../../observe/observe.ts";
import type { FunctionAnswers } from "../concurrency.ts";
import { allowOnly, momentOf } from "../parameters.ts";
import { busOf, idOf, isUse, type NodeId, nodeOfArn, nodeOfCall } from "./nodes.ts";

export interface MapNode extends NodeId {
  readonly id: string;
  /** Runs of a function. */
  readonly runs?: number;
  readonly failed?: number;
  readonly p95Ms?: number;
}

export interface MapEdge {
  /** A node's id; absent: somebody outside. */
  readonly from?: string;
  readonly to: string;
  /** async: what comes of it waits in a queue or a stream. */
  readonly kind: "sync" | "async";
  /** `SendMessage`, `POST /orders` */
  readonly operations: readonly string[];
  /** Of async edges each delivery: what is tried again counts again. */
  readonly count: number;
  readonly perMinute: number;
  readonly failed: number;
  readonly throttled: number;
  /** How long the calls took; of async edges how long events had waited. */
  readonly p95Ms: number;
}

/** `GET /_nuage/map`. */
export interface MapView {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

interface Options {
  readonly observe: Pick<Observe, "analyse">;
  readonly clock: Clock;
  readonly functions: FunctionAnswers;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** `GET /_nuage/map`: a MapView, by since (an hour) and until. */
export async function mapPage(options: Options, { query }: AdminRequest): Promise<AdminResponse> {
  allowOnly(query, ["since", "until"]);
  const nowMs = options.clock.now();
  const untilMs = momentOf(query, "until", nowMs) ?? nowMs + 1;
  const sinceMs = momentOf(query, "since", nowMs) ?? untilMs - HOUR_MS;
  const figures = await options.observe.analyse({ what: "edges", sinceMs, untilMs });
  const settings = await options.functions.settings();
  const known = settings.map(({ name }) => ({ kind: "function", name }));
  return { status: 200, json: mapOf(figures, known, { sinceMs, untilMs }) };
}

/** Nodes and edges of what has happened. Pure. */
export function mapOf(
  figures: readonly EdgeFigures[],
  known: readonly NodeId[],
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): MapView {
  const firstMs = Math.max(sinceMs, Math.min(untilMs, ...figures.map((each) => each.firstMs)));
  const minutes = Math.max(1, (untilMs - firstMs) / MINUTE_MS);
  const nodes = new Map<string, MapNode>();
  const edges = new Map<string, MapEdge>();
  const add = (node: NodeId): string => {
    const id = idOf(node);
    if (!nodes.has(id)) nodes.set(id, { ...node, id });
    return id;
  };
  const join = (
    from: NodeId | undefined,
    to: NodeId,
    kind: MapEdge["kind"],
    one: EdgeFigures,
    operation: string,
  ) => {
    const ends = { ...(from ? { from: add(from) } : {}), to: add(to) };
    const key = `${ends.from} > ${ends.to} ${kind}`;
    edges.set(key, merged(edges.get(key), { ...ends, kind }, one, operation, minutes));
  };
  const isLater = laterCalls(figures);
  for (const node of known) add(node);
  for (const one of figures) {
    const from = one.origin === undefined ? undefined : nodeOf(one.origin);
    const bus = from && busOf(from);
    if (one.kind === "invoke") {
      const id = add({ kind: "function", name: one.target });
      nodes.set(id, withRuns(nodes.get(id), one));
    } else if (one.kind === "queue") {
      const isInvoked = one.origin === "lambda" || from?.kind === "function";
      const operation = isInvoked ? "Invoke" : "";
      if (from || isInvoked) join(from, { kind: "function", name: one.target }, "async", one, operation);
    } else {
      const { node, operation } = nodeOfCall(one.target);
      if (isLater(from, node, operation)) continue;
      if (from || isUse(one.target)) join(from, node, "sync", one, operation);
    }
    if (bus && from) join(bus, from, "sync", one, "");
  }
  return { sinceMs, untilMs, nodes: [...nodes.values()], edges: [...edges.values()] };
}

/**
 * Whether a call only put an event on a function's queue: then its events have waited there, and none of its
 * runs was one that this caller waited for.
 */
function laterCalls(figures: readonly EdgeFigures[]) {
  const keyOf = (caller: string | undefined, name: string) => `${caller ?? ""} ${name}`;
  const queued = new Set<string>();
  const direct = new Set<string>();
  for (const { kind, origin = "", target } of figures) {
    if (kind === "invoke" && /:(iam|sts):/.test(origin)) direct.add(keyOf(callerOf({ arn: origin }), target));
    if (kind === "queue") queued.add(keyOf(origin === "lambda" ? undefined : origin, target));
  }
  return (from: NodeId | undefined, to: NodeId, operation: string): boolean => {
    if (to.kind !== "function" || !operation.startsWith("Invoke")) return false;
    const key = keyOf(from?.name, to.name);
    return queued.has(key) && !direct.has(key);
  };
}

/** A function goes by its name, everything else by its ARN. */
const nodeOf = (origin: string): NodeId | undefined => {
  if (origin.startsWith("arn:")) return nodeOfArn(origin);
  // A service's own name stands for an event without a sender: its call has told who it was.
  return /^[a-z0-9]+$/.test(origin) && SERVICES.has(origin) ? undefined : { kind: "function", name: origin };
};

const SERVICES = new Set(["lambda", "invoke", "s3", "sns", "sqs", "events", "kinesis", "dynamodb", "logs"]);

function merged(
  before: MapEdge | undefined,
  ends: Pick<MapEdge, "from" | "to" | "kind">,
  one: EdgeFigures,
  operation: string,
  minutes: number,
): MapEdge {
  const count = (before?.count ?? 0) + one.count;
  const operations = new Set([...(before?.operations ?? []), ...(operation === "" ? [] : [operation])]);
  return {
    ...ends,
    operations: [...operations].sort(),
    count,
    perMinute: count / minutes,
    failed: (before?.failed ?? 0) + one.failed,
    throttled: (before?.throttled ?? 0) + one.throttled,
    p95Ms: Math.max(before?.p95Ms ?? 0, one.p95Ms),
  };
}

function withRuns(node: MapNode | undefined, { target, count, failed, p95Ms }: EdgeFigures): MapNode {
  const known = node ?? { kind: "function", name: target, id: idOf({ kind: "function", name: target }) };
  return {
    ...known,
    runs: (known.runs ?? 0) + count,
    failed: (known.failed ?? 0) + failed,
    p95Ms: Math.max(known.p95Ms ?? 0, p95Ms),
  };
}
