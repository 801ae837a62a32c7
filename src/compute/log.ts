import type { Cause, FunctionVersion } from "../kernel/functions.ts";
import type { LogLine } from "../kernel/telemetry.ts";
import type { Trace } from "../kernel/trace.ts";
import type { ComputeOptions } from "./compute.ts";
import { LineSplitter, LONGEST_LINE_BYTES } from "./lines.ts";
import type { PlatformLine } from "./report.ts";

/** What Invoke answers with LogType Tail. */
const TAIL_BYTES = 4096;
const SYSTEM_LEVELS = ["DEBUG", "INFO", "WARN"];

/** Hears of all that is written, and of what the text format does not have. */
export interface LogFeed {
  platform(json: PlatformLine["json"], trace?: Trace, spanId?: string): void;
  line(text: string, source: "function" | "extension"): void;
}

/** The log stream of one environment. */
export class EnvironmentLog {
  readonly stream: string;
  /** Where extensions want to know what goes on. */
  feed: LogFeed | undefined;
  readonly #options: Pick<ComputeOptions, "clock" | "recorder">;
  readonly #version: FunctionVersion;
  readonly #output: LineSplitter;
  #cause: Cause | undefined;
  #spanId: string | undefined;
  /** Its lines with their line breaks, and their length: at most what they take as bytes. */
  #tail: string[] = [];
  #tailLength = 0;

  constructor(options: ComputeOptions, version: FunctionVersion) {
    this.#options = options;
    this.#version = version;
    const day = new Date(options.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    this.stream = `${day}/[${version.version}]${options.ids.hex(32)}`;
    this.#output = new LineSplitter((line) => this.#write(line, "function"));
  }

  /** Lines from now on belong to this invocation, and to its span. */
  begin(cause: Cause, spanId?: string): void {
    this.#cause = cause;
    this.#spanId = spanId;
    this.#tail = [];
    this.#tailLength = 0;
  }

  /** Gives the last 4 KiB since `begin`, whenever it is called: few ask for them. */
  tail(): () => Uint8Array {
    const lines = this.#tail;
    return () => Buffer.from(lines.join("")).subarray(-TAIL_BYTES);
  }

  /** Bytes of standard output or error; a line is an event. */
  output(chunk: Buffer): void {
    this.#output.push(chunk);
  }

  /** One event, with its line breaks. */
  event(text: Buffer): void {
    this.#output.flush();
    for (let from = 0; from < text.length || from === 0; from += LONGEST_LINE_BYTES) {
      const piece = text.subarray(from, from + LONGEST_LINE_BYTES).toString("utf8");
      this.#write(piece.endsWith("\n") ? piece.slice(0, -1) : piece, "function");
    }
  }

  nowMs(): number {
    return this.#options.clock.now();
  }

  /** Ends a line that the function left open. */
  flush(): void {
    this.#output.flush();
  }

  /** One line that an extension wrote. */
  extension(text: string): void {
    this.#write(text, "extension");
  }

  /** `isTold`: the feed has it already. */
  platform(line: PlatformLine, isTold = false): void {
    if (!isTold) this.tell(line);
    if (this.#version.logFormat === "Text") {
      this.#write(line.text, "platform");
      return;
    }
    const least = SYSTEM_LEVELS.indexOf((this.#version.systemLogLevel ?? "INFO").toUpperCase());
    if (SYSTEM_LEVELS.indexOf(line.level) < least) return;
    const time = new Date(this.#options.clock.now()).toISOString();
    this.#write(JSON.stringify({ time, ...line.json }), "platform");
  }

  /** A line for the feed alone. */
  tell(line: PlatformLine): void {
    this.feed?.platform(line.json, this.#cause?.trace, this.#spanId);
  }

  /** A line that only the text format has. */
  platformText(text: string): void {
    if (this.#version.logFormat === "Text") this.#write(text, "platform");
  }

  #write(message: string, source: LogLine["source"]): void {
    const { account, region, logGroup } = this.#version;
    const cause = this.#cause;
    const line: { -readonly [Name in keyof LogLine]: LogLine[Name] } = {
      timeMs: this.#options.clock.now(),
      group: logGroup,
      stream: this.stream,
      account,
      region,
      message,
      source,
    };
    if (cause) {
      line.requestId = cause.requestId;
      line.traceId = cause.trace.root;
      // Whoever is run because of the line is of the same chain: without it, no loop through logs is seen.
      line.lineage = cause.trace.lineage;
    }
    this.#options.recorder.log(line, this.#spanId);
    if (source !== "platform") this.feed?.line(message, source);
    const text = message.endsWith("\n") ? message : `${message}\n`;
    this.#tail.push(text);
    this.#tailLength += text.length;
    for (let first = this.#tail[0]; first; first = this.#tail[0]) {
      if (this.#tailLength - first.length < TAIL_BYTES) break;
      this.#tailLength -= first.length;
      this.#tail.shift();
    }
  }
}
