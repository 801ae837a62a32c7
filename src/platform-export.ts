import type { Config } from "./config.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Ids } from "./kernel/ids.ts";
import type { Lifecycle } from "./kernel/lifecycle.ts";
import type { Log } from "./kernel/log.ts";
import type { Exporter } from "./observe/export/exporter.ts";
import type { Observe } from "./observe/observe.ts";
import { VERSION } from "./version.ts";

interface Parts {
  readonly config: Pick<Config, "otlp">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
}

/** Has what is recorded sent to a collector too, where one was named; otherwise nothing of it is loaded. */
export async function openExport(
  { config, lifecycle, ...parts }: Parts,
  observe: Observe,
): Promise<{ readonly observe: Observe; readonly exporter: Exporter | undefined }> {
  const { otlp: target } = config;
  if (!target) return { observe, exporter: undefined };
  const { createExporter } = await import("./observe/export/exporter.ts");
  const exporter = createExporter({ ...parts, target, version: VERSION });
  lifecycle.onClose("export", () => exporter.close());
  const { recorder } = observe;
  const both: Observe["recorder"] = {
    ...recorder,
    span(span) {
      recorder.span(span);
      exporter.span(span);
    },
    log(line, spanId) {
      recorder.log(line);
      exporter.line(line, spanId);
    },
  };
  return { observe: { ...observe, recorder: both }, exporter };
}
