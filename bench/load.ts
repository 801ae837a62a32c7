// A load generator in a process of its own, so that it takes no time from the server's process: raw
// keep-alive connections, each sending its next request when the last one is answered.
//
//   tsx bench/load.ts '{"url":"http://127.0.0.1:4566/","method":"POST","body":"…","connections":4,"seconds":3}'
//
// or with `-` and the options on its standard input, prints one JSON line:
//
//   {"rps":…,"p50Ms":…,"p99Ms":…,"errors":…,"requests":…}
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

export interface LoadOptions {
  /** `{n}` in it, and in the body, becomes a number of 12 digits that grows with every request. */
  readonly url: string;
  /** The number begins at 0 again before this one. */
  readonly numbers?: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly connections?: number;
  readonly seconds?: number;
  /** Not counted, before the measured time. */
  readonly warmUpSeconds?: number;
}

export interface LoadResult {
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
  /** Answers outside 2xx, and broken connections. */
  readonly errors: number;
}

/** Runs a load in a child process. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(import.meta.url), "-"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  // A body may be too long for an argument.
  child.stdin.end(JSON.stringify(options));
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  return JSON.parse(text);
}

interface Tally {
  measuring: boolean;
  stopped: boolean;
  sent: number;
  errors: number;
  readonly timesMs: number[];
}

/** The length of the first whole answer in `bytes` and its status, or undefined when more must come. */
export function measureAnswer(bytes: Buffer): { length: number; status: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = bytes.toString("latin1", 0, headEnd).toLowerCase();
  const status = Number(head.slice(9, 12));
  const bodyStart = headEnd + 4;
  if (status === 100) {
    const rest = measureAnswer(bytes.subarray(bodyStart));
    return rest && { length: bodyStart + rest.length, status: rest.status };
  }
  if (status === 204 || status === 304) return { length: bodyStart, status };
  const declared = /\r\ncontent-length: *(\d+)/.exec(head);
  if (declared) {
    const length = bodyStart + Number(declared[1]);
    return bytes.length >= length ? { length, status } : undefined;
  }
  const end = endOfChunks(bytes, bodyStart);
  return end === undefined ? undefined : { length: end, status };
}

function endOfChunks(bytes: Buffer, start: number): number | undefined {
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    at = lineEnd + 2 + size + 2;
    if (at > bytes.length) return undefined;
    if (size === 0) return at;
  }
}

/** Stands where a number comes. */
const NUMBER = "NNNNNNNNNNNN";

function requestWriter(options: LoadOptions): (n: number) => Buffer {
  const url = new URL(options.url.replaceAll("{n}", NUMBER));
  const body = Buffer.from((options.body ?? "").replaceAll("{n}", NUMBER));
  const method = options.method ?? (body.length > 0 ? "POST" : "GET");
  const headers = { host: url.host, ...options.headers, "content-length": String(body.length) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${url.pathname + url.search} HTTP/1.1\r\n${lines.join("")}\r\n`;
  const whole = Buffer.concat([Buffer.from(head), body]);
  const places: number[] = [];
  if (options.url.includes("{n}") || options.body?.includes("{n}")) {
    for (let at = whole.indexOf(NUMBER); at >= 0; at = whole.indexOf(NUMBER, at + 1)) places.push(at);
  }
  if (places.length === 0) return () => whole;
  return (n) => {
    const number = String(options.numbers ? n % options.numbers : n).padStart(NUMBER.length, "0");
    const request = Buffer.from(whole);
    for (const at of places) request.write(number, at, "latin1");
    return request;
  };
}

function drive(options: LoadOptions, write: (n: number) => Buffer, tally: Tally): Promise<void> {
  const url = new URL(options.url.replaceAll("{n}", ""));
  return new Promise((resolve) => {
    const open = () => {
      const socket = connect(Number(url.port || 80), url.hostname.replace(/^\[|\]$/g, ""));
      socket.setNoDelay(true);
      let startedMs = 0;
      let pending: Buffer = Buffer.alloc(0);
      const send = () => {
        if (tally.stopped) return socket.destroy();
        startedMs = performance.now();
        socket.write(write(tally.sent++));
      };
      socket.on("connect", send);
      socket.on("data", (chunk: Buffer) => {
        pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
        const answer = measureAnswer(pending);
        if (!answer) return;
        pending = pending.subarray(answer.length);
        if (tally.measuring) note(tally, performance.now() - startedMs, answer.status);
        send();
      });
      endsBroken(socket, tally, open, resolve);
    };
    open();
  });
}

function note(tally: Tally, tookMs: number, status: number): void {
  tally.timesMs.push(tookMs);
  if (status < 200 || status > 299) tally.errors++;
}

function endsBroken(socket: Socket, tally: Tally, reopen: () => void, done: () => void): void {
  socket.on("error", () => undefined);
  socket.on("close", () => {
    if (tally.stopped) return done();
    tally.errors++;
    setTimeout(reopen, 10);
  });
}

async function run(options: LoadOptions): Promise<LoadResult> {
  const tally: Tally = { measuring: false, stopped: false, sent: 0, errors: 0, timesMs: [] };
  const write = requestWriter(options);
  const connections = Array.from({ length: options.connections ?? 1 }, () => drive(options, write, tally));
  await wait((options.warmUpSeconds ?? 0.5) * 1000);
  tally.errors = 0;
  tally.measuring = true;
  const startedMs = performance.now();
  await wait((options.seconds ?? 3) * 1000);
  tally.measuring = false;
  const tookMs = performance.now() - startedMs;
  tally.stopped = true;
  await Promise.race([Promise.all(connections), wait(500)]);
  const sorted = Float64Array.from(tally.timesMs).sort();
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, sorted.length * share) | 0] ?? 0);
  return {
    rps: Math.round((sorted.length / tookMs) * 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    requests: sorted.length,
    errors: tally.errors,
  };
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const round = (ms: number) => Math.round(ms * 1000) / 1000;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const argument = process.argv[2] ?? "{}";
  const options = argument === "-" ? readFileSync(0, "utf8") : argument;
  console.log(JSON.stringify(await run(JSON.parse(options))));
  process.exit(0);
}
