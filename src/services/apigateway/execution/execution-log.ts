import type { Scope } from "../../../kernel/scope.ts";
import type { Background } from "../../define.ts";
import { writeLine } from "./access-log.ts";

const LONGEST_TEXT = 1024;

/** `Tue Oct 12 21:09:59 UTC 2021` */
function javaDate(atMs: number): string {
  const [day = "", date, month, year, time] = new Date(atMs).toUTCString().split(" ");
  return `${day.slice(0, 3)} ${month} ${date} ${time} UTC ${year}`;
}

/** Whether a stage's level has anything written at all. */
export const isLogLevel = (level: string | undefined) => level === "INFO" || level === "ERROR";

/** What happened to one request, line by line, as AWS words it. */
export class ExecutionLog {
  readonly requestId: string;
  readonly #now: (() => number) | undefined;
  /** Whether requests and answers are written out: `dataTraceEnabled`. */
  readonly isDetailed: boolean;
  readonly lines: { readonly atMs: number; readonly text: string; readonly isError: boolean }[] = [];

  /** Without a clock it keeps nothing: nobody is going to read it. */
  constructor(requestId: string, now: (() => number) | undefined, isDetailed = false) {
    this.requestId = requestId;
    this.#now = now;
    this.isDetailed = isDetailed && now !== undefined;
  }

  /** Whether anything is written at all: what is costly to word need not be worded otherwise. */
  get isOn(): boolean {
    return this.#now !== undefined;
  }

  info(text: string): void {
    this.#add(text, false);
  }

  /** What is only written where requests are: made for nobody otherwise. */
  detail(text: () => string): void {
    if (this.isDetailed) this.#add(text(), false);
  }

  error(text: string): void {
    this.#add(text, true);
  }

  #add(text: string, isError: boolean): void {
    if (!this.#now) return;
    const short = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)} [TRUNCATED]` : text;
    this.lines.push({ atMs: this.#now(), text: `(${this.requestId}) ${short}`, isError });
  }

  /** As TestInvokeMethod tells it. */
  get text(): string {
    const begun = `Execution log for request ${this.requestId}\n`;
    return (
      begun +
      this.lines
        .map(({ atMs, text }) => `${javaDate(atMs)} : ${text.slice(text.indexOf(")") + 2)}\n`)
        .join("")
    );
  }
}

/**
 * Writes it into a group, as far as the stage asks for it. API Gateway makes the group itself.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
export function writeExecutionLog(
  world: Background,
  { account, region }: Scope,
  name: string,
  level: string | undefined,
  log: ExecutionLog,
): void {
  if (!isLogLevel(level)) return;
  const group = `arn:aws:logs:${region}:${account}:log-group:${name}`;
  for (const { atMs, text, isError } of log.lines) {
    if (level === "ERROR" && !isError) continue;
    const line = { timestamp: Math.floor(atMs), message: text };
    writeLine(world, group, log.requestId.slice(0, 2), line, { makesGroup: true });
  }
}
