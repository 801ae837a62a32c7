// Input templates of enrichments and targets. Pure: no store, no clock.
import type { PipeEvent } from "./event.ts";
import { textOf } from "./event.ts";
import { follow, parsePath } from "./paths.ts";

/** What `<aws.pipes.…>` can tell beside the event. */
export interface Surroundings {
  readonly pipeArn: string;
  readonly pipeName: string;
  readonly sourceArn: string;
  readonly enrichmentArn: string;
  readonly targetArn: string;
  /** ISO 8601: when the pipe took the event in. */
  readonly ingestionTime: string;
}

const PLACEHOLDER = /<(\$[^<>]*|aws\.pipes\.[a-z.-]+)>/g;

/**
 * An event in the form that a template gives it. Values are put in so that JSON stays JSON: within quotes as
 * text of the string, outside of them as JSON; in a template that is no JSON, as they are. What is not there
 * is an empty string.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
 */
export function shapedEvent(
  template: string | undefined,
  event: PipeEvent,
  surroundings: Surroundings,
): PipeEvent {
  if (!template) return event;
  const isJson = /^\s*[[{"]/.test(template);
  let quoted = false;
  let last = 0;
  let text = "";
  for (const match of template.matchAll(PLACEHOLDER)) {
    const before = template.slice(last, match.index);
    quoted = endsQuoted(before, quoted);
    text += before + shown(placeholderValue(match[1] ?? "", event, surroundings), isJson, quoted);
    last = match.index + match[0].length;
  }
  text += template.slice(last);
  return { text, view: parsedOr(text) };
}

function shown(value: unknown, isJson: boolean, quoted: boolean): string {
  if (!isJson) return value === undefined ? "" : textOf(value);
  if (quoted) return JSON.stringify(textOf(value === undefined ? "" : value)).slice(1, -1);
  return JSON.stringify(value === undefined ? "" : value);
}

/** Whether a text that begins within a JSON string, or not, ends within one. */
function endsQuoted(text: string, quoted: boolean): boolean {
  let inside = quoted;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\" && inside) at++;
    else if (text[at] === '"') inside = !inside;
  }
  return inside;
}

function placeholderValue(name: string, event: PipeEvent, surroundings: Surroundings): unknown {
  const path = parsePath(name);
  if (path) return follow(event.view, path);
  const known: Readonly<Record<string, unknown>> = {
    "aws.pipes.pipe-arn": surroundings.pipeArn,
    "aws.pipes.pipe-name": surroundings.pipeName,
    "aws.pipes.source-arn": surroundings.sourceArn,
    "aws.pipes.enrichment-arn": surroundings.enrichmentArn,
    "aws.pipes.target-arn": surroundings.targetArn,
    "aws.pipes.event.ingestion-time": surroundings.ingestionTime,
    "aws.pipes.event": event.view,
    "aws.pipes.event.json": parsedOr(event.text),
  };
  return known[name];
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A parameter of a target, which may be a path into the event. */
export function parameterOf(parameter: string | undefined, event: PipeEvent): string | undefined {
  if (parameter === undefined) return undefined;
  const path = parsePath(parameter);
  if (!path) return parameter;
  const found = follow(event.view, path);
  return found === undefined || found === null ? undefined : textOf(found);
}
