// A trace as summaries, filters and graphs look at it. Pure.
import type * as sdk from "@aws-sdk/client-xray";
import type { Span } from "../../kernel/telemetry.ts";
import { membersOf } from "./documents.ts";
import { nodeOf } from "./inferring.ts";
import { describeCauses, type RootCauses, rootCausesOf } from "./root-causes.ts";
import type { Segment } from "./segment.ts";
import { segmentsOf } from "./segments.ts";

export interface TraceView {
  readonly traceId: string;
  readonly startMs: number;
  /** To the end of all that was started. */
  readonly durationMs: number;
  /** To the answer. */
  readonly responseMs: number;
  readonly fault: boolean;
  readonly error: boolean;
  readonly throttle: boolean;
  /** Something in it is still in progress. */
  readonly partial: boolean;
  readonly http: {
    readonly status?: number | undefined;
    readonly url?: string | undefined;
    readonly method?: string | undefined;
    readonly userAgent?: string | undefined;
    readonly clientIp?: string | undefined;
  };
  readonly annotations: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  readonly users: readonly string[];
  readonly resources: readonly string[];
  /** Of the services that took part, their kinds, and what exceptions said. */
  readonly names: readonly string[];
  readonly kinds: readonly string[];
  readonly messages: readonly string[];
  /** Of the machines that it ran on. */
  readonly instances: readonly string[];
  readonly zones: readonly string[];
  readonly services: readonly ServiceView[];
  readonly edges: readonly EdgeView[];
  readonly causes: RootCauses;
  /** Of one element of a root cause, where a condition looks at those. */
  readonly element?: CauseElement;
}

/** Its place among others of its kind, and what only such elements have. */
export interface CauseElement {
  readonly index: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly isInferred?: boolean;
  readonly isRemote?: boolean;
  readonly coverage?: number;
}

/** One segment, with what conditions about its service look at. */
export interface ServiceView {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** It sent no segment: somebody told of a call to it. */
  readonly isInferred: boolean;
  readonly isRoot: boolean;
  readonly account: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly view: TraceView;
}

export interface EdgeView {
  readonly from: ServiceView;
  readonly to: ServiceView;
}

export function viewOf(spans: readonly [Span, ...Span[]]): TraceView {
  const segments = segmentsOf(spans).filter(({ type }) => type !== "subsegment");
  const [first] = spans;
  const known = new Set(spans.map(({ spanId }) => spanId));
  const root = spans.find(({ parentId }) => parentId === undefined || !known.has(parentId)) ?? first;
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const endMs = Math.max(...spans.map((span) => span.startMs + span.durationMs));
  const shared = {
    traceId: first.traceId,
    annotations: annotationsOf(spans),
    users: texts(spans, "user"),
    resources: [...new Set(spans.flatMap(({ resource }) => resource ?? []))],
  };
  const base: TraceView = {
    ...shared,
    startMs,
    durationMs: endMs - startMs,
    responseMs: root.durationMs,
    ...flagsOf(root),
    partial: spans.some(({ attributes }) => attributes.inProgress === true),
    http: httpOf(root),
    names: segments.map((segment) => nodeOf(segment).name),
    kinds: segments.map((segment) => nodeOf(segment).kind),
    messages: spans.flatMap(({ errorMessage }) => errorMessage ?? []),
    instances: segments.flatMap((segment) => textIn(machineOf(segment).instance_id) ?? []),
    zones: segments.flatMap((segment) => textIn(machineOf(segment).availability_zone) ?? []),
    services: [],
    edges: [],
    causes: rootCausesOf(segments),
  };
  const services = segments.map((segment) => serviceOf(segment, base, root));
  const byId = new Map(services.map((service) => [service.id, service]));
  const nearest = ownersOf(spans, segments);
  const edges = segments.flatMap(({ id, parent_id: parent }) => {
    const to = byId.get(id);
    const from = parent === undefined ? undefined : (byId.get(parent) ?? byId.get(nearest(parent) ?? ""));
    return to && from && from !== to ? [{ from, to }] : [];
  });
  return { ...base, services, edges };
}

/** Of a span that is no segment itself: that which it lies in, or follows from. */
function ownersOf(spans: readonly Span[], segments: readonly Segment[]) {
  const own = new Set(segments.map(({ id }) => id));
  const parents = new Map(spans.map(({ spanId, parentId }) => [spanId, parentId]));
  const inferred = new Map(
    segments.filter((each) => each.inferred === true).map(({ id, parent_id: call }) => [call, id]),
  );
  return (id: string): string | undefined => {
    let at: string | undefined = id;
    for (let steps = 0; at !== undefined && steps < 1000; steps++) {
      if (own.has(at)) return at;
      const called = inferred.get(at);
      // What follows from a call that did not run it itself comes from what was called.
      if (called !== undefined && at !== id) return called;
      at = parents.get(at);
    }
    return undefined;
  };
}

function serviceOf(segment: Segment, base: TraceView, root: Span): ServiceView {
  const durationMs = ((segment.end_time ?? segment.start_time) - segment.start_time) * 1000;
  const { request, response } = membersOf(segment.http);
  const asked = membersOf(request);
  const view: TraceView = {
    ...base,
    durationMs,
    responseMs: durationMs,
    fault: segment.fault === true,
    error: segment.error === true,
    throttle: segment.throttle === true,
    partial: segment.in_progress === true,
    http: {
      status: numberIn(membersOf(response).status),
      url: textIn(asked.url),
      method: textIn(asked.method),
      userAgent: textIn(asked.user_agent),
      clientIp: textIn(asked.client_ip),
    },
  };
  const node = nodeOf(segment);
  return {
    id: segment.id,
    ...node,
    isInferred: segment.inferred === true,
    isRoot: segment.id === root.spanId || segment.parent_id === undefined,
    account: root.account,
    startMs: segment.start_time * 1000,
    durationMs,
    view: { ...view, names: [node.name], kinds: [node.kind], messages: messagesOf(segment) },
  };
}

const machineOf = ({ aws }: Segment) => membersOf(membersOf(aws).ec2);

const messagesOf = ({ cause }: Segment): string[] => {
  const { exceptions } = membersOf(cause);
  return Array.isArray(exceptions) ? exceptions.flatMap((each) => textIn(membersOf(each).message) ?? []) : [];
};

const textIn = (value: unknown) => (typeof value === "string" ? value : undefined);
const numberIn = (value: unknown) => (typeof value === "number" ? value : undefined);

/** What the client was told: what failed on the way there and was dealt with is none of it. */
function flagsOf({ status }: Span): Pick<TraceView, "fault" | "error" | "throttle"> {
  const throttle = status === "throttle";
  return { fault: status === "fault", error: status === "error" || throttle, throttle };
}

function httpOf({ attributes }: Span): TraceView["http"] {
  return {
    status: numberIn(attributes.httpStatus),
    url: textIn(attributes["http.url"]) ?? textIn(attributes.url),
    method: textIn(attributes["http.method"]) ?? textIn(attributes.method),
    userAgent: textIn(attributes["http.user_agent"]) ?? textIn(attributes.userAgent),
    clientIp: textIn(attributes["http.client_ip"]),
  };
}

function annotationsOf(spans: readonly Span[]): TraceView["annotations"] {
  const found: Record<string, (string | number | boolean)[]> = {};
  for (const { attributes } of spans) {
    for (const [name, value] of Object.entries(attributes)) {
      if (!name.startsWith("annotation.")) continue;
      const key = name.slice("annotation.".length);
      found[key] = [...(found[key] ?? []), value];
    }
  }
  return found;
}

const texts = (spans: readonly Span[], name: string) => [
  ...new Set(
    spans.flatMap(({ attributes }) => (attributes[name] === undefined ? [] : String(attributes[name]))),
  ),
];

const idOf = ({ name, kind, account }: ServiceView): sdk.ServiceId => ({
  Name: name,
  Names: [name],
  AccountId: account,
  Type: kind,
});

/** As GetTraceSummaries answers. */
export function summaryOf(trace: TraceView): sdk.TraceSummary {
  const ids = [
    ...new Map(trace.services.map((service) => [`${service.name} ${service.kind}`, idOf(service)])).values(),
  ];
  const root = trace.services.find(({ isRoot }) => isRoot);
  const { status, url, method, userAgent, clientIp } = trace.http;
  const http: sdk.Http = {
    ...(status === undefined ? {} : { HttpStatus: status }),
    ...(url === undefined ? {} : { HttpURL: url }),
    ...(method === undefined ? {} : { HttpMethod: method }),
    ...(userAgent === undefined ? {} : { UserAgent: userAgent }),
    ...(clientIp === undefined ? {} : { ClientIp: clientIp }),
  };
  return {
    Id: trace.traceId,
    StartTime: new Date(trace.startMs),
    Duration: seconds(trace.durationMs),
    ResponseTime: seconds(trace.responseMs),
    HasFault: trace.fault,
    HasError: trace.error,
    HasThrottle: trace.throttle,
    IsPartial: trace.partial,
    Http: http,
    Annotations: Object.fromEntries(
      Object.entries(trace.annotations).map(([name, values]) => [
        name,
        values.map((value) => annotated(value, ids)),
      ]),
    ),
    Users: trace.users.map((UserName) => ({ UserName, ServiceIds: ids })),
    ServiceIds: ids,
    ResourceARNs: trace.resources.map((ARN) => ({ ARN })),
    ...(root ? { EntryPoint: idOf(root) } : {}),
    ...describeCauses(trace.causes, root?.account ?? ""),
    InstanceIds: trace.instances.map((Id) => ({ Id })),
    AvailabilityZones: trace.zones.map((Name) => ({ Name })),
    Revision: 1,
  };
}

const seconds = (ms: number) => Math.round(ms) / 1000;

function annotated(value: string | number | boolean, ServiceIds: sdk.ServiceId[]): sdk.ValueWithServiceIds {
  const AnnotationValue =
    typeof value === "number"
      ? { NumberValue: value }
      : typeof value === "boolean"
        ? { BooleanValue: value }
        : { StringValue: value };
  return { AnnotationValue, ServiceIds };
}
