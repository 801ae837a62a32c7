/** An event as it travels. */
export interface BusEvent {
  readonly id: string;
  readonly detailType: string;
  readonly source: string;
  readonly account: string;
  readonly region: string;
  /** Epoch milliseconds of a whole second. */
  readonly timeMs: number;
  readonly resources: readonly string[];
  /** JSON text, kept as it came, so that no number loses a digit. */
  readonly detail: string;
}

/**
 * The event's JSON, members in AWS's order.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
 */
export function eventText(event: BusEvent): string {
  const head = JSON.stringify({
    version: "0",
    id: event.id,
    "detail-type": event.detailType,
    source: event.source,
    account: event.account,
    time: isoSeconds(event.timeMs),
    region: event.region,
    resources: event.resources,
  });
  return `${head.slice(0, -1)},"detail":${event.detail}}`;
}

/** `2026-01-31T12:00:00Z` */
export function isoSeconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, "Z");
}

const RESOURCES = ',"resources":';
const DETAIL = ',"detail":';

/** The detail in an event's JSON, as text. It comes last, and within strings quotes are escaped. */
export function detailOf(text: string): string {
  return text.slice(text.indexOf(DETAIL, text.indexOf(RESOURCES)) + DETAIL.length, -1);
}

/** An event's JSON with the name of the replay that brings it again. Within strings, quotes are escaped. */
export function withReplayName(text: string, replayName: string): string {
  return text.replace(RESOURCES, () => `,"replay-name":${JSON.stringify(replayName)}${RESOURCES}`);
}
