// What conditions about root causes look at: services, entities and exceptions, each with its place. Pure.
import type { RootCause } from "./root-causes.ts";
import type { CauseElement, TraceView } from "./views.ts";

const KINDS = ["service", "entity", "exception"] as const;
type ElementKind = (typeof KINDS)[number];

export const isElementKind = (text: string): text is ElementKind =>
  (KINDS as readonly string[]).includes(text);

interface Found {
  readonly name: string;
  readonly kind?: string;
  readonly message?: string;
  readonly more?: Omit<CauseElement, "index" | "isFirst" | "isLast">;
}

/** Each element of a kind on the way of a cause, as if it were a trace of its own. */
export function elementsOf(cause: RootCause, kind: ElementKind, trace: TraceView): TraceView[] {
  const all = found(cause, kind);
  return all.map(({ name, kind: type, message, more }, index) => ({
    ...trace,
    names: [name],
    kinds: type === undefined ? [] : [type],
    messages: message === undefined ? [] : [message],
    element: { ...more, index, isFirst: index === 0, isLast: index === all.length - 1 },
  }));
}

function found({ services }: RootCause, kind: ElementKind): Found[] {
  if (kind === "service") {
    return services.map(({ name, kind: type, isInferred }) => ({ name, kind: type, more: { isInferred } }));
  }
  const entities = services.flatMap((service) => service.entities);
  if (kind === "exception") return entities.flatMap(({ exceptions }) => exceptions);
  return entities.map(({ name, isRemote, coverage }) => ({ name, more: { isRemote, coverage } }));
}
