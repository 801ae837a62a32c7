// Events as pipes pass them on. Pure: no store, no clock.

/** One event: what targets get without a template, and what templates and paths see. */
export interface PipeEvent {
  /** JSON text, or any text after an enrichment. */
  readonly text: string;
  readonly view: unknown;
}

/** A record of a source, from its JSON in the shape that functions get it. */
export function eventOfRecord(json: string): PipeEvent {
  const record = JSON.parse(json) as Record<string, unknown>;
  const { kinesis, ...facts } = record;
  if (typeof kinesis === "object" && kinesis !== null) {
    // Pipes have the members of a stream's record beside the others.
    const event: Record<string, unknown> = { ...kinesis, ...facts };
    const data = Buffer.from(String(event.data), "base64").toString();
    return { text: JSON.stringify(event), view: { ...event, data: parsed(data) } };
  }
  if (typeof record.body === "string") return { text: json, view: { ...record, body: parsed(record.body) } };
  return { text: json, view: record };
}

/** What an enrichment answers: no event, one, or several. */
export function eventsOfAnswer(answer: Uint8Array): PipeEvent[] {
  const text = new TextDecoder().decode(answer);
  const value = parsed(text);
  if (value === null || value === "") return [];
  return (Array.isArray(value) ? value : [value]).map((each) => ({ text: textOf(each), view: each }));
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** JSON as what it stands for, other text as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
