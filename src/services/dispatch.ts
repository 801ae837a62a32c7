import { callerOf } from "../kernel/caller.ts";
import { Fault, platformFault } from "../kernel/faults.ts";
import type { Scope } from "../kernel/scope.ts";
import { subjectsOf } from "../kernel/subjects.ts";
import type { Span } from "../kernel/telemetry.ts";
import { childTrace, newTrace, type Trace } from "../kernel/trace.ts";
import type { Store, Transaction } from "../store/store.ts";
import { callMetricsOf, countCall } from "./call-metrics.ts";
import type { AnyService, Background, Context, InvokeSource, Ports, Principal, ServiceId } from "./define.ts";
import { disturbed } from "./disturbed.ts";
import { type Opened, Opening, type ServiceHandler } from "./opening.ts";

/** What is known of one call besides its input, whoever makes it. */
export interface CallFacts {
  readonly scope: Scope;
  readonly requestId: string;
  readonly identity: Principal;
  readonly trace: Trace;
  readonly endpoint: string;
  readonly signal: AbortSignal;
  /** The transaction that the call is part of, and what is to be done when it has been committed. */
  readonly part?: Part | undefined;
  /** For calls that are counted as work: see Context. */
  rest?(): () => void;
  note?(name: string, amount: number): void;
}

interface Part {
  readonly store: Store;
  readonly after: (() => void)[];
}

export type Operation = (
  input: Record<string, unknown>,
  facts: CallFacts,
) => Promise<Record<string, unknown>>;

/** Calls of one service by another, or by the platform's own parts. */
export type InternalCall = (
  service: string,
  operation: string,
  input: Record<string, unknown>,
  facts: CallFacts,
) => Promise<Record<string, unknown>>;

export interface Dispatch {
  /** Loads what a service does, once: its operations are there from then on. */
  open(service: AnyService): Promise<Opened>;
  /** The function behind an operation of a service that is open, or undefined when it does not have it. */
  operation(service: string, name: string): Operation | undefined;
  readonly call: InternalCall;
  /** Contexts in which a service acts by itself. */
  as(service: ServiceId): Background["as"];
  /** The world of what a service does by itself. */
  background(service: ServiceId): Background;
  /** Opens the services that have records in the store: their work goes on. */
  resume(): Promise<void>;
  /** Whether a record of any service names a blob. */
  holdsBlob(blob: string): Promise<boolean>;
  /** Resolves when all that the services do between calls has ended. */
  ended(): Promise<void>;
}

/** The platform's side of background work. */
export interface BackgroundWorld {
  readonly signal: AbortSignal;
  begin(): () => void;
  endpoint(): string;
}

/** Joins the services' handlers with what they may use of the platform. */
export function createDispatch(
  definitions: readonly AnyService[],
  ports: Ports,
  world: BackgroundWorld,
): Dispatch {
  const operations = new Map<string, Operation>();
  const { signal, begin } = world;
  const opening = new Opening(definitions, ports, {
    signal,
    begin,
    background: ({ id }) => background(id),
    opened({ id }, { handlers }) {
      for (const [name, handler] of Object.entries(handlers)) {
        operations.set(`${id}.${name}`, operationOf(handler, { service: id, operation: name }));
      }
    },
  });
  const operationOf = (handler: ServiceHandler, called: Called): Operation => {
    const counted = callMetricsOf(called.service, called.operation);
    return (input, facts) => {
      const context = new CallContext(ports, facts, call);
      const work = ports.chaos.active
        ? disturbed(ports.chaos, called, input, context, () => handler(input, context))
        : handler(input, context);
      if (counted) countCall(counted, called.operation, input, context, work);
      return work;
    };
  };
  const find = async (service: string, name: string) => {
    const definition = definitions.find(({ id }) => id === service);
    if (definition) await opening.open(definition);
    return operations.get(`${service}.${name}`);
  };
  const background = (id: ServiceId): Background => ({ ...ports, signal, begin, as: as(id) });
  const call = observed(operations, find, ports);
  const as: Dispatch["as"] =
    (id) =>
    (scope, trace = newTrace(ports.clock, ports.ids), sender, own) => {
      const facts = factsOfService(id, scope, trace, ports, world, sender);
      return new CallContext(ports, own ? { ...facts, ...own } : facts, call);
    };
  return {
    open: (service) => opening.open(service),
    operation: (service, name) => operations.get(`${service}.${name}`),
    call,
    as,
    background,
    resume: () => opening.resume(),
    holdsBlob: (blob) => opening.holdsBlob(blob),
    ended: () => opening.ended(),
  };
}

interface Called {
  readonly service: string;
  readonly operation: string;
}

/** Spans of calls that succeeded, of one operation in one second. */
const MOST_A_SECOND = 1_000;

/** A call as the gateway would see it: with a span, a request id and usage of its own. */
function observed(
  operations: ReadonlyMap<string, Operation>,
  find: (service: string, name: string) => Promise<Operation | undefined>,
  ports: Ports,
): InternalCall {
  const { clock, ids, recorder } = ports;
  return async (service, name, input, facts) => {
    const operation = operations.get(`${service}.${name}`) ?? (await find(service, name));
    if (!operation) throw platformFault("NotImplemented", `${service}.${name} is not implemented.`);
    // A service may hand over what has an account and a Region, and more besides.
    const { account, region } = facts.scope;
    const scope = { account, region };
    const spanName = `${service}.${name}`;
    const begun = { spanId: ids.hex(16), startMs: clock.now(), startedMs: clock.monotonic() };
    const inner = new InnerFacts(facts, {
      scope,
      requestId: ids.uuid(),
      trace: childTrace(facts.trace, begun.spanId),
    });
    const tell = (told: () => void) => (facts.part ? facts.part.after.push(told) : told());
    const note = (outcome: Pick<Span, "status" | "errorType" | "errorMessage">) => {
      // Of a look that nothing follows from there is nothing to be seen.
      if (!facts.trace.sampled && outcome.status === "ok") return;
      // A topic that a thousand queues hear tells of each as long as that is seldom.
      if (outcome.status === "ok" && recorder.wants?.(spanName, begun.startMs, MOST_A_SECOND) === false)
        return;
      const durationMs = clock.monotonic() - begun.startedMs;
      const span: Span = {
        traceId: facts.trace.root,
        spanId: begun.spanId,
        ...(facts.trace.parent ? { parentId: facts.trace.parent } : {}),
        kind: "call",
        name: spanName,
        startMs: begun.startMs,
        durationMs,
        requestId: inner.requestId,
        ...scope,
        attributes: {
          internal: true,
          ...subjectsOf(input),
          ...callerAttribute(facts.identity),
          ...inner.noted,
        },
        ...outcome,
      };
      tell(() => recorder.span(span));
    };
    const cause = facts.identity.arn;
    const usage = { timeMs: begun.startMs, ...scope, unit: `${service}:${name}`, quantity: 1, cause };
    tell(() => recorder.usage(usage));
    try {
      const output = await operation(input, inner);
      note({ status: "ok" });
      return output;
    } catch (error) {
      const fault = error instanceof Fault ? error : platformFault("InternalFailure", String(error));
      const status = fault.sender ? "error" : "fault";
      note({ status, errorType: fault.code, errorMessage: fault.message });
      throw error;
    }
  };
}

function callerAttribute(identity: Principal): { readonly caller?: string } {
  const caller = callerOf(identity);
  return caller === undefined ? {} : { caller };
}

/** The facts of a call within a call, or of what it does in another region or in a transaction. */
class InnerFacts implements CallFacts {
  readonly scope: Scope;
  readonly identity: Principal;
  readonly endpoint: string;
  readonly requestId: string;
  readonly trace: Trace;
  readonly part: Part | undefined;
  noted: Record<string, number> | undefined;
  readonly #outer: CallFacts;

  constructor(outer: CallFacts, own: Pick<CallFacts, "scope" | "requestId" | "trace" | "part">) {
    this.#outer = outer;
    this.part = own.part ?? outer.part;
    this.scope = own.scope;
    this.identity = outer.identity;
    this.endpoint = outer.endpoint;
    this.requestId = own.requestId;
    this.trace = own.trace;
  }

  /** The gateway makes its signal when it is first asked for. */
  get signal(): AbortSignal {
    return this.#outer.signal;
  }

  rest(): () => void {
    return this.#outer.rest?.() ?? (() => {});
  }

  note(name: string, amount: number): void {
    this.noted ??= {};
    this.noted[name] = (this.noted[name] ?? 0) + amount;
  }
}

/** A service that acts by itself does so in its own name. */
function factsOfService(
  id: string,
  scope: Scope,
  trace: Trace,
  ports: Ports,
  world: BackgroundWorld,
  sender: InvokeSource | undefined,
): CallFacts {
  const name = `${id}.amazonaws.com`;
  return {
    scope,
    requestId: ports.ids.uuid(),
    identity: {
      accessKeyId: "",
      account: scope.account,
      arn: name,
      userId: name,
      ...(sender ? { sender } : {}),
    },
    trace,
    endpoint: world.endpoint(),
    signal: world.signal,
  };
}

/** The store as those see it whose transactions are all part of one. */
function withinTransaction(store: Store, tx: Transaction): Store {
  return {
    transact: (body) => body(tx),
    watch: (prefix, signal) => store.watch(prefix, signal),
    clear: () => store.clear(),
    close: () => store.close(),
  };
}

/** One call's context. A class, so that the ports are reached through it without being copied for each. */
class CallContext implements Context {
  readonly #ports: Ports;
  readonly #facts: CallFacts;
  readonly #call: InternalCall;

  constructor(ports: Ports, facts: CallFacts, call: InternalCall) {
    this.#ports = ports;
    this.#facts = facts;
    this.#call = call;
  }

  get clock() {
    return this.#ports.clock;
  }
  get ids() {
    return this.#ports.ids;
  }
  get log() {
    return this.#ports.log;
  }
  get store() {
    return this.#facts.part?.store ?? this.#ports.store;
  }
  get blobs() {
    return this.#ports.blobs;
  }
  get functions() {
    return this.#ports.functions;
  }
  get credentials() {
    return this.#ports.credentials;
  }
  get inputs() {
    return this.#ports.inputs;
  }
  get recorder() {
    return this.#ports.recorder;
  }
  get metrics() {
    return this.#ports.metrics;
  }
  get lines() {
    return this.#ports.lines;
  }
  get traces() {
    return this.#ports.traces;
  }
  get capacity() {
    return this.#ports.capacity;
  }
  get lagMs() {
    return this.#ports.lagMs;
  }
  get fidelity() {
    return this.#ports.fidelity;
  }
  get policies() {
    return this.#ports.policies;
  }
  get resourceTypes() {
    return this.#ports.resourceTypes;
  }
  get chaos() {
    return this.#ports.chaos;
  }
  get scope() {
    return this.#facts.scope;
  }
  get requestId() {
    return this.#facts.requestId;
  }
  get principal() {
    return this.#facts.identity;
  }
  get trace() {
    return this.#facts.trace;
  }
  get endpoint() {
    return this.#facts.endpoint;
  }
  get signal() {
    return this.#facts.signal;
  }
  rest() {
    return this.#facts.rest?.() ?? (() => {});
  }
  note(name: string, amount: number) {
    this.#facts.note?.(name, amount);
  }

  inRegion(region: string): Context {
    return this.#in({ ...this.#facts.scope, region });
  }

  inAccount(account: string): Context {
    return this.#in({ ...this.#facts.scope, account });
  }

  #in(scope: Scope): Context {
    const { requestId, trace } = this.#facts;
    const there = new InnerFacts(this.#facts, { scope, requestId, trace });
    return new CallContext(this.#ports, there, this.#call);
  }

  within(tx: Transaction, after: (() => void)[]): Context {
    const { scope, requestId, trace } = this.#facts;
    const part = { store: withinTransaction(this.#ports.store, tx), after };
    const inside = new InnerFacts(this.#facts, { scope, requestId, trace, part });
    return new CallContext(this.#ports, inside, this.#call);
  }

  // The types are Context's: the SDK's input and output of the operation named.
  readonly call: Context["call"] = (service: ServiceId, operation: string, input: unknown) =>
    this.#call(service, operation, input as Record<string, unknown>, this.#facts) as Promise<never>;
}
