import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Constraints } from "../kernel/constraints.ts";
import type { HttpRequest, HttpResponse, WebSocketOffer } from "../kernel/http.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Lifecycle } from "../kernel/lifecycle.ts";
import type { Log } from "../kernel/log.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Recorder } from "../kernel/telemetry.ts";
import type { Trace } from "../kernel/trace.ts";
import type { Wire } from "../kernel/wire.ts";
import type { ServiceModel } from "../protocol/protocol.ts";
import type { GatewayLimits } from "./limits.ts";

/** All that the gateway is handed: it imports no service. */
export interface GatewayOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** accept: any signature will do. verify: it must be right. */
  readonly auth: "accept" | "verify";
  readonly defaults: Scope;
  readonly services: ReadonlyMap<string, GatewayService>;
  /** Addresses that are users' own: functions' URLs and APIs. */
  readonly sites?: GatewaySites;
  readonly identities: Identities;
  /** Answers paths below `/_nuage/` and `/_localstack/`, or undefined for one it does not know. */
  readonly admin: (request: AdminRequest) => Promise<AdminResponse | undefined>;
  /** The CORS rules of a bucket, for requests that carry an Origin. */
  readonly corsRules: (bucket: string) => Promise<readonly CorsRule[]>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
  readonly recorder: Recorder;
  /** Prints what each step changed (NUAGE_DEBUG_REQUEST=1). */
  readonly debug: boolean;
  /** The key and certificate of HTTPS on the same port; absent: plain HTTP alone. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Those given replace the defaults. */
  readonly limits?: Partial<GatewayLimits>;
}

export interface Gateway {
  /** `http://localhost:<port>` */
  readonly endpoint: string;
  readonly port: number;
  /** Stops listening, lets requests under way finish for a moment, then cuts them off. */
  close(): Promise<void>;
}

export interface GatewayService {
  readonly id: string;
  readonly wire: Wire;
  /** Loads all that its requests need: the first one waits for it. */
  open(): Promise<OpenService>;
}

export interface OpenService {
  /** The SDK's schemas, compiled. */
  readonly model: ServiceModel;
  readonly constraints: Constraints;
  /** The operation's function, or undefined when the platform does not have it. */
  handler(operation: string): Handler | undefined;
}

export type Handler = (input: Record<string, unknown>, call: Call) => Promise<Record<string, unknown>>;

/** What the gateway knows about a request when it invokes the handler. */
export interface Call {
  readonly scope: Scope;
  readonly requestId: string;
  readonly identity: Identity;
  /** `parent` is the span of this call. */
  readonly trace: Trace;
  readonly endpoint: string;
  readonly signal: AbortSignal;
  /** The call waits for something to happen; call the returned function when it goes on. */
  rest(): () => void;
  /** Has the call's span say so; amounts of the same name add up. */
  note(name: string, amount: number): void;
}

export interface Identity {
  readonly accessKeyId: string;
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  /** Epoch milliseconds, for temporary credentials. */
  readonly expiresAtMs?: number;
  /** Of a key that users have for good: whether it is anybody's. */
  readonly key?: "active" | "inactive" | "unknown";
}

export interface Identities {
  /** Who an access key and session token stand for. An absent key is the default account's root. */
  identify(accessKeyId: string | undefined, sessionToken: string | undefined): Identity | Promise<Identity>;
  /** The key's secret, or undefined when the key or its token is not known (only asked to verify). */
  secretOf(accessKeyId: string, sessionToken: string | undefined): string | undefined;
  /** Notes for what and where somebody's credentials were used. */
  used?(identity: Identity, use: { ms: number; service: string; region: string }): void | Promise<void>;
}

/** The kinds of addresses that are users' own, and how a request for one is told. */
export interface GatewaySites {
  /** Labels in a host to ids: `a1b2c3.execute-api.us-east-1.localhost`. */
  readonly labels: ReadonlyMap<string, string>;
  byId(id: string): GatewaySite | undefined;
  /** By a path on the platform's own host, as existing tools write it. */
  byPath(path: string): GatewaySite | undefined;
  /** By a host name that somebody has made his own. */
  byName(name: string): Promise<GatewaySite | undefined>;
}

export interface GatewaySite {
  readonly id: string;
  /** Throws for bugs only: what a client is to hear is an answer. */
  serve(request: HttpRequest): Promise<HttpResponse>;
  /** Where there are WebSocket connections. */
  readonly connect?: (offer: WebSocketOffer) => Promise<void>;
}

/** S3's CORSRule, as stored. */
export interface CorsRule {
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
}
