import type { Readable } from "node:stream";
import type { Blobs } from "../blobs/blobs.ts";
import type { Chaos } from "../kernel/chaos.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Constraints } from "../kernel/constraints.ts";
import { Fault } from "../kernel/faults.ts";
import type {
  AsyncEvent,
  FunctionTarget,
  FunctionVersion,
  Invocation,
  InvocationResult,
  Provisioning,
} from "../kernel/functions.ts";
import type { HttpRequest, HttpResponse, WebSocketOffer } from "../kernel/http.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Lines } from "../kernel/lines.ts";
import type { Log } from "../kernel/log.ts";
import type { Metrics } from "../kernel/metrics.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Recorder } from "../kernel/telemetry.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Traces } from "../kernel/traces.ts";
import type { Wire } from "../kernel/wire.ts";

import type { Key, Store, Transaction } from "../store/store.ts";
import type { Change, Made, Properties, ResourceInput } from "./resource-types.ts";

/**
 * The SDK package of every service, by the service's id. Each service adds its own line:
 * `declare module "../define.ts" { interface Sdks { sts: typeof import("@aws-sdk/client-sts") } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface Sdks {}

export type ServiceId = keyof Sdks;

/** Bytes that arrive or leave as a stream. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** An operation's input, read from its SDK command; streams are plain byte streams. */
export type Input<Command> = Command extends abstract new (
  ...args: infer Args
) => unknown
  ? Plain<Args extends readonly unknown[] ? Args[number] : never>
  : never;

/** An operation's output, read from its SDK command. */
export type Output<Command> = Command extends abstract new (
  ...args: never[]
) => {
  resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer Out }>;
}
  ? Plain<Omit<Out, "$metadata">>
  : never;

type Plain<Shape> = { [Name in keyof Shape]: PlainMember<Shape[Name]> };

/** The SDK takes and gives bytes in many guises; handlers see byte streams and Uint8Arrays only. */
type PlainMember<Member> =
  Record<never, never> extends NonNullable<Member>
    ? Member
    : ArrayBuffer extends Member
      ? Uint8Array | undefined
      : Readable extends Member
        ? ByteStream | Uint8Array | undefined
        : NonNullable<Member> extends { transformToByteArray(): unknown }
          ? ByteStream | Uint8Array | undefined
          : NonNullable<Member> extends { transformToString(): string }
            ? Uint8Array | undefined
            : Member;

export type OperationName<Sdk> = keyof {
  [Name in keyof Sdk as Name extends `${infer Operation}Command` ? Operation : never]: true;
} &
  string;

export type CommandOf<Sdk, Operation extends string> = `${Operation}Command` extends keyof Sdk
  ? Sdk[`${Operation}Command`]
  : never;

/** One function for each operation a service has; one that is missing answers 501 with its name. */
export type Handlers<Sdk> = {
  readonly [Operation in OperationName<Sdk>]?: (
    input: Input<CommandOf<Sdk, Operation>>,
    context: Context,
  ) => Promise<Output<CommandOf<Sdk, Operation>>>;
};

/** Names of the errors an SDK package models. */
export type ModelledFault<Sdk> = keyof {
  [Name in keyof Sdk as Sdk[Name] extends abstract new (
    ...args: never[]
  ) => { $fault: "client" | "server" }
    ? Name
    : never]: true;
} &
  string;

/** Makes a service's `fault` function: modelled errors by name, their status from the schema. */
export function faultsOf<Sdk>() {
  return (code: ModelledFault<Sdk>, message: string, members: Record<string, unknown> = {}): Fault =>
    new Fault(code, message, { members });
}

/** Who signed the request. */
export interface Principal {
  readonly accessKeyId: string;
  readonly account: string;
  /** `arn:aws:iam::<account>:root`, or an assumed role's session. */
  readonly arn: string;
  /** Unique id as GetCallerIdentity gives it. */
  readonly userId: string;
  /** Epoch milliseconds, for temporary credentials. */
  readonly expiresAtMs?: number;
  /** Of a service that acts by itself, with no role: what it acts for, as resource policies name it. */
  readonly sender?: InvokeSource;
}

/** What a service may use of the platform. */
export interface Ports {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly functions: Functions;
  readonly credentials: Credentials;
  readonly inputs: Inputs;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  /** What functions wrote. */
  readonly lines: Lines;
  /** What happened, as the platform saw it. */
  readonly traces: Traces;
  /**
   * What exceeding a capacity comes to. off: nothing is modelled; observe: what would be throttled is
   * recorded; enforce: it is throttled.
   */
  readonly capacity: CapacityMode;
  /** How far eventually consistent reads lag behind what was written; 0: not at all. */
  readonly lagMs: number;
  /** Events take their time, as on AWS. */
  readonly fidelity: boolean;
  /** Faults on purpose. */
  readonly chaos: Chaos;
  /** What stacks may have. */
  readonly resourceTypes: ResourceTypeTable;
  /** What becomes of what a queue's or topic's policy does not let in: it is told, or refused as on AWS. */
  readonly policies: "observe" | "enforce";
}

/** The kinds of resources that stacks may have, of all services. */
export interface ResourceTypeTable {
  /** Resources of other kinds are left out of stacks; otherwise their templates are refused. */
  readonly leavesOut: boolean;
  find(type: string): Promise<ResourceType | undefined>;
  /** In order. */
  names(): Promise<readonly string[]>;
}

/** A kind of resource that a stack may have: `AWS::SQS::Queue`. */
export interface ResourceType {
  /** Those that there are: a template with another is refused before anything is touched. */
  readonly properties: Readonly<Record<string, Change>>;
  /** Members of properties whose change replaces, as paths: `["Parameters", "StartingPosition"]`. */
  readonly replacing?: readonly (readonly string[])[];
  readonly required?: readonly string[];
  /** What a change of any other property comes to; absent: there are no others. */
  readonly others?: Change;
  /** What `Fn::GetAtt` may ask for: a template that asks for another is refused. Absent: not known. */
  readonly attributes?: readonly string[];
  /** Whoever asks again with the same token has what was begun go on: nothing is begun anew. */
  readonly resumes?: true;
  create(context: Context, resource: ResourceInput): Promise<Made>;
  /** Gives what is changed; absent where each change replaces. */
  update?(context: Context, resource: ResourceInput, made: Made, before: Properties): Promise<Made>;
  /** Of what is gone already nothing is said. */
  delete(context: Context, made: Made, properties: Properties, owner: Owner): Promise<void>;
  /**
   * The properties as they are now, as far as they can be told: of those that are not given nothing is known.
   * Undefined where the resource is gone. Absent where drift is not to be seen.
   */
  read?(context: Context, made: Made, properties: Properties): Promise<Properties | undefined>;
}

/** Whose resource it is. */
export type Owner = Pick<ResourceInput, "stackId" | "logicalId" | "type" | "token">;

export type ResourceTypes = Readonly<Record<string, ResourceType>>;

export type CapacityMode = "off" | "observe" | "enforce";

/** What a handler is given besides its input. */
export interface Context extends Ports {
  readonly scope: Scope;
  readonly requestId: string;
  readonly principal: Principal;
  /** The trace of this call: its `parent` is the call's own span. */
  readonly trace: Trace;
  /** `http://localhost:4566`, as the client reached the platform. */
  readonly endpoint: string;
  /** Aborted when the client goes away or the platform stops. */
  readonly signal: AbortSignal;
  /**
   * Says that the call waits for something to happen, and is no work under way: `idle()` does not wait for
   * it, and a stopping platform aborts its signal at once. Call the returned function when it goes on.
   */
  rest(): () => void;
  /** Has the call's span say so; amounts of the same name add up. */
  note(name: string, amount: number): void;
  /** Calls another service in process, as this principal: typed by the SDK, metered and traced. */
  call<Id extends ServiceId, Operation extends OperationName<Sdks[Id]>>(
    service: Id,
    operation: Operation,
    input: Input<CommandOf<Sdks[Id], Operation>>,
  ): Promise<Output<CommandOf<Sdks[Id], Operation>>>;
  /** The same caller in another region. */
  inRegion(region: string): Context;
  /** The same caller, with what is another account's. */
  inAccount(account: string): Context;
  /**
   * The same caller within a transaction that is under way: what the operations it calls do to the store is
   * committed with it, or not at all. They must be such that await nothing but the store, and that refuse
   * before they write. `after`: to be called, one by one, when it has been committed: only then are the calls
   * told of.
   */
  within(tx: Transaction, after: (() => void)[]): Context;
}

/** What a service's work between calls is given. */
export interface Background extends Ports {
  /** Aborted when the platform stops. */
  readonly signal: AbortSignal;
  /** Counts work that is due, so that `idle()` waits for it; call the returned function when it is done. */
  begin(): () => void;
  /**
   * A context in which the service acts by itself, in an account and region; `sender`: for a resource;
   * `own`: how it rests, where what it does is counted as work, and what ends it.
   */
  as(
    scope: Scope,
    trace?: Trace,
    sender?: InvokeSource,
    own?: Partial<Pick<Context, "rest" | "signal">>,
  ): Context;
}

/** Functions as the services see them: compute and delivery stand behind it. */
export interface Functions {
  /** Runs a function and waits for its answer: concurrency limits and the loop guard apply. */
  invoke(target: FunctionTarget, invocation: Invocation): Promise<InvocationResult>;
  /** Puts an event into the asynchronous queue, in the caller's transaction. */
  enqueue(tx: Transaction, event: AsyncEvent): void;
  /** What all functions of an account may run at once in a Region. */
  readonly accountConcurrency: number;
  /** Has so many environments of a version started ahead and kept; resolves when they are, or cannot be. */
  provision(version: FunctionVersion, count: number): Promise<Provisioning>;
  /** How many of them are ready. */
  provisioned(version: FunctionVersion): number;
  /** Has processes of this runtime waiting, and the code at hand. */
  prepare(version: FunctionVersion): void;
  /**
   * Refuses, with AWS's fault and wording, a zip that cannot be unpacked, is unsafe or is too large. Gives
   * how many bytes its files come to.
   */
  inspectCode(zip: Uint8Array): Promise<number>;
  /** Ends the idle environments of a function whose code or configuration changed, or that is gone. */
  retire(functionArn: string): void;
  /** Whether a function exists, and its resource policy lets a service act for a source invoke it. */
  permits(functionArn: string, source: InvokeSource): Promise<"allowed" | "denied" | "missing">;
}

/** Inputs that are known by the names of their service and operation only when they are used. */
export interface Inputs {
  /**
   * An operation's input from JSON with the SDK's names and plain text for bytes, checked as a request's is.
   * Throws the service's fault; NotImplemented for what the platform does not have.
   */
  read(service: string, operation: string, json: unknown): Promise<Record<string, unknown>>;
  /** The same from properties as templates write them: numbers and truths may be text there. */
  readProperties(service: string, operation: string, properties: object): Promise<Record<string, unknown>>;
}

export interface InvokeSource {
  /** `s3.amazonaws.com` */
  readonly service: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

/** Credentials, issued and read back without a look-up: a session token says whose they are. */
export interface Credentials {
  issue(session: Session): IssuedCredentials;
  /** A key without an end, for a user. */
  issueKey(account: string): { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The session a token stands for, or undefined when this platform did not issue it. */
  read(sessionToken: string): Session | undefined;
  /**
   * The secret that belongs to an access key, to verify signatures with. Of a user's key it is told whether
   * or not there still is one.
   */
  secretOf(accessKeyId: string, sessionToken: string | undefined): string | undefined;
}

export interface Session {
  readonly account: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` or a federated user's. */
  readonly arn: string;
  readonly userId: string;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number;
}

export interface IssuedCredentials extends Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * A service is data: the gateway, the coverage report and deployment read it. This much of it is loaded at
 * every start: what the service does is loaded when it is first needed.
 */
export interface ServiceDefinition<Id extends ServiceId = ServiceId> {
  readonly id: Id;
  /** Imports the SDK package: its schemas are the service's wire. */
  readonly load: () => Promise<Sdks[Id]>;
  readonly wire: Wire;
  /**
   * What the first part of all its keys in the store begins with. A service with background work or blobs has
   * it: the platform opens it at the start where there is such a key.
   */
  readonly keys?: string;
  /** The addresses that are its users' own, where there are such. */
  readonly site?: SiteAddress;
  /** Imports what stacks may have of it. */
  readonly resources?: () => Promise<{ readonly resources: ResourceTypes }>;
  /** Imports what the service does. */
  readonly open: () => Promise<{ readonly service: Service<Id> }>;
}

/** How a request for an address of a user's own is told: an API's, a function's. */
export interface SiteAddress {
  /** The label in hosts: `execute-api` of `a1b2c3.execute-api.us-east-1.localhost`. */
  readonly id: string;
  /** Paths on the platform's own host, as existing tools write them. */
  readonly path?: RegExp;
  /** Where the store keeps names that somebody has made his own: the last part of a key is the name. */
  readonly names?: Key;
  /** It takes WebSocket connections. */
  readonly connects?: true;
}

/** Answers requests to its users' own addresses. */
export interface Site {
  /** Throws for bugs only: what a client is to hear is an answer. */
  serve(request: HttpRequest, world: Background): Promise<HttpResponse>;
  connect?(offer: WebSocketOffer, world: Background): Promise<void>;
}

/** What a service does. */
export interface Service<Id extends ServiceId = ServiceId> {
  readonly handlers: Handlers<Sdks[Id]>;
  /** Lengths, ranges, patterns and enums, which the schemas do not hold. */
  readonly constraints?: Constraints;
  /** Work that goes on between calls: expiry, schedules, backfills. Resolves once its signal has ended it. */
  readonly background?: (background: Background) => Promise<void>;
  readonly site?: Site;
  /** Whether one of the service's records names a blob: what nobody holds is swept away. */
  readonly holdsBlob?: (store: Store, blob: string) => Promise<boolean>;
  /** Operations that are accepted but have no effect, for the coverage report. */
  readonly withoutEffect?: readonly OperationName<Sdks[Id]>[];
}

/** Any one of the services. */
export type AnyService = { [Id in ServiceId]: ServiceDefinition<Id> }[ServiceId];

export function defineService<Id extends ServiceId>(
  definition: ServiceDefinition<Id>,
): ServiceDefinition<Id> {
  return definition;
}
