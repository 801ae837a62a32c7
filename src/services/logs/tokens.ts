import { eventId, type Position, parseEventId } from "./event.ts";
import { badToken } from "./faults.ts";

/** From where on, and in which direction, events of a stream are read. */
export interface StreamToken {
  readonly direction: "f" | "b";
  readonly position: Position;
}

/** `f/<56 digits>/s`, as AWS's look. */
export function formatStreamToken({ direction, position }: StreamToken): string {
  return `${direction}/${eventId(position)}/s`;
}

/** Throws InvalidParameterException for what is no token. */
export function parseStreamToken(text: string): StreamToken {
  const [, direction, digits = ""] = /^([fb])\/(\d+)\/s$/.exec(text) ?? [];
  const position = parseEventId(digits);
  if (position === undefined) throw badToken();
  return { direction: direction as "f" | "b", position };
}

export function formatGroupToken(position: Position): string {
  return Buffer.from(eventId(position)).toString("base64url");
}

/** Throws InvalidParameterException for what is no token. */
export function parseGroupToken(text: string): Position {
  const position = parseEventId(Buffer.from(text, "base64url").toString());
  if (position === undefined) throw badToken();
  return position;
}

/** Tokens have no effect any more, and clients go on passing them: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
export function sequenceToken(group: number, stream: number, blocks: number): string {
  const digits = [group, stream, blocks].map((number) => String(number).padStart(16, "0")).join("");
  return `4964${digits}`.padEnd(56, "0");
}
