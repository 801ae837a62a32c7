import type { LogEvent } from "../event.ts";

/** An event as a query sees it, with where it is from. */
export interface SourceEvent {
  readonly event: LogEvent;
  /** `<account>:<group>` */
  readonly log: string;
  readonly region: string;
  /** Leads back to the event. */
  pointer(): string;
}
