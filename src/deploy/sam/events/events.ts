import { type Dict, isDict, isList, textOf, type Value } from "../dict.ts";
import { badEvent, badResource, EventProblem } from "../problems.ts";
import { shown } from "../python-text.ts";
import type { Resource } from "../resource.ts";
import { type Macro, readMacro } from "../schema.ts";
import type { Translation } from "../translation.ts";
import type { EventContext, EventKind, Link } from "./kind.ts";

/** An event and what it refers to in the template. */
export interface LinkedEvent {
  readonly kind: EventKind;
  readonly event: Macro;
  readonly link: Link;
}

/** Reads the events of a function or a state machine, and finds what they refer to. */
export function linkEvents(
  macro: Macro,
  translation: Translation,
  kinds: Readonly<Record<string, EventKind>>,
): LinkedEvent[] {
  const events = macro.properties.get("Events");
  if (!isDict(events)) return [];
  return toldOf(macro.id, () =>
    events.entries().map(([name, dict]) => {
      const { kind, type } = kindOf(name, dict, kinds);
      const event = readMacro(kind.schema, type, macro.id + name, dict as Dict, { name });
      return { kind, event, link: kind.link?.(event, translation) ?? {} };
    }),
  );
}

function kindOf(name: string, event: Value, kinds: Readonly<Record<string, EventKind>>) {
  if (!isDict(event)) throw badEvent(name, `'${pythonType(event)}' object has no attribute 'get'`);
  const type = event.get("Type");
  const kind = typeof type === "string" && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind && typeof type === "string") return { kind, type };
  throw badEvent(
    name,
    `Resource dict has missing or invalid value for key Type. Event Type is: ${shown(type)}.`,
  );
}

function pythonType(value: Value): string {
  if (value === null) return "NoneType";
  if (isList(value)) return "list";
  if (typeof value === "string") return "str";
  return typeof value === "boolean" ? "bool" : "int";
}

/** What the events need, in the order of their paths. */
export function eventResources(
  macro: Macro,
  events: readonly LinkedEvent[],
  contextOf: (link: Link) => EventContext,
): Resource[] {
  const make = () => events.flatMap(({ kind, event, link }) => kind.make(event, contextOf(link)));
  // A state machine's events tell of their problems by themselves.
  return macro.type === "AWS::Serverless::Function" ? toldOf(macro.id, make) : make();
}

export function byPath(events: readonly LinkedEvent[]): LinkedEvent[] {
  const key = ({ event }: LinkedEvent) => {
    const path = event.properties.get("Path");
    return typeof path === "string" ? textOf(path) : event.name;
  };
  return [...events].sort((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}

/** An event's problem is told of the resource whose event it is. */
function toldOf<T>(id: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof EventProblem) throw badResource(id, error.message);
    throw error;
  }
}
