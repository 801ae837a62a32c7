// Numbers as Prometheus reads them, in its own format and in OpenMetrics. Pure.
// https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/

export interface Family {
  /** A counter's without `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "summary";
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** What is put behind the family's name: `_sum`. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

const FORMATS = {
  plain: "text/plain; version=0.0.4; charset=utf-8",
  openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
} as const;

/** The text, in the format that the client prefers. */
export function expose(
  families: readonly Family[],
  accept: string | undefined,
): { readonly contentType: string; readonly text: string } {
  const isOpen = prefersOpenMetrics(accept ?? "");
  const lines = families.flatMap((family) => linesOf(family, isOpen));
  if (isOpen) lines.push("# EOF");
  return {
    contentType: isOpen ? FORMATS.openMetrics : FORMATS.plain,
    text: lines.map((line) => `${line}\n`).join(""),
  };
}

function prefersOpenMetrics(accept: string): boolean {
  const weightOf = (type: string) => {
    const range = accept.split(",").find((each) => each.trim().toLowerCase().startsWith(type));
    return range === undefined ? 0 : Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1);
  };
  const open = weightOf("application/openmetrics-text");
  return open > 0 && open >= weightOf("text/plain");
}

function linesOf({ name, help, type, samples }: Family, isOpen: boolean): string[] {
  const total = type === "counter" ? "_total" : "";
  const shown = isOpen ? name : `${name}${total}`;
  return [
    `# HELP ${shown} ${isOpen ? quoted(help) : help.replace(/[\\\n]/g, escaped)}`,
    `# TYPE ${shown} ${type}`,
    ...samples.map(({ suffix = total, labels = {}, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${quoted(text)}"`);
      return `${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${numberOf(value)}`;
    }),
  ];
}

const quoted = (text: string): string => text.replace(/[\\\n"]/g, escaped);
const escaped = (sign: string): string => (sign === "\n" ? "\\n" : `\\${sign}`);

function numberOf(value: number): string {
  return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
