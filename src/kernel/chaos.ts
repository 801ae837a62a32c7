import type { Fault } from "./faults.ts";
import type { Scope } from "./scope.ts";
import type { Trace } from "./trace.ts";

/**
 * Faults on purpose. throttle, error and delay befall a call of a service; crash the process that runs a
 * function; duplicate and late a message or an event on its way; unavailable a shard of a stream.
 */
export const MISHAPS = ["throttle", "error", "delay", "crash", "duplicate", "late", "unavailable"] as const;
export type MishapKind = (typeof MISHAPS)[number];

/** Whom a mishap may befall. */
export interface ChaosSubject extends Scope {
  /** `dynamodb` */
  readonly service: string;
  readonly operation?: string;
  /** What is acted on, by all its names: a table's name, an ARN, a shard's id. */
  readonly names: readonly string[];
  /** The call or event whose trace tells of it. */
  readonly trace: Trace;
  readonly requestId: string;
}

/** A mishap that happens now. */
export interface Mishap {
  /** Of a throttle, an error or an unavailability: what the caller is answered. */
  readonly fault: Fault;
  /** The call has its effect, and only its answer is lost. */
  readonly afterEffect: boolean;
  /** Of a delay or a late delivery: by how much; of a crash: after how long. On the platform's clock. */
  readonly delayMs: number;
}

/** What the rooms ask before they act; nothing happens unless somebody has set a rule. */
export interface Chaos {
  /** Whether there is any rule: hot paths ask only this. */
  readonly active: boolean;
  /** The mishap of this kind that befalls the subject now; it is recorded in the subject's trace. */
  strike(kind: MishapKind, subject: ChaosSubject): Mishap | undefined;
}

/** Throws what a reader is answered when the shard that it asks for cannot be reached, on purpose. */
export function refuseUnavailable(
  { chaos, scope, trace, requestId }: ReaderContext,
  called: { readonly service: string; readonly operation: string },
  names: readonly string[],
): void {
  if (!chaos.active) return;
  const mishap = chaos.strike("unavailable", { ...called, ...scope, names, trace, requestId });
  if (mishap) throw mishap.fault;
}

interface ReaderContext {
  readonly chaos: Chaos;
  readonly scope: Scope;
  readonly trace: Trace;
  readonly requestId: string;
}
