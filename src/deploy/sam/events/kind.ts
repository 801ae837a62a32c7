import type { Dict, Value } from "../dict.ts";
import type { Resource } from "../resource.ts";
import type { Macro, Schema } from "../schema.ts";
import type { Translation } from "../translation.ts";

/** What an event refers to in the template. */
export interface Link {
  /** A bucket, a user pool or an API: the resource's id, and the resource or its properties. */
  readonly id?: string;
  readonly target?: Dict;
  /** How an API's stage is called in ids. */
  readonly stage?: string;
}

export interface EventContext {
  /** The function, its alias, or the state machine. */
  readonly target: Resource;
  /** The role that the target runs in. */
  readonly role: Resource | undefined;
  readonly link: Link;
  readonly translation: Translation;
  /** What roles made for events of state machines are bounded by. */
  readonly boundary?: Value | undefined;
}

/** One kind of event. */
export interface EventKind {
  readonly schema: Schema;
  link?(event: Macro, translation: Translation): Link;
  make(event: Macro, context: EventContext): Resource[];
}
