// The floor that a figure stands beside: a bare Node HTTP server in a process of its own, which reads
// the whole request and answers the given bytes.
//
//   tsx bench/floor.ts '{"status":200,"headers":{"content-type":"text/xml"},"body":"<…>"}'
//
// prints its port on a line of its own and serves until it is killed. With `parse` the request's body is
// read as JSON or as a form first; with `pipe` each request takes a round trip through a child process
// over a pipe, as a function's invocation does at the least.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

export interface FloorOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A file with the body, where it is too long for an argument. */
  readonly bodyFile?: string;
  readonly parse?: "json" | "form";
  /** How many child processes echo the request's body. */
  readonly pipe?: number;
}

export interface Running {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a floor server in a child process. */
export function startFloor(options: FloorOptions): Promise<Running> {
  return startServer(["--import", "tsx", fileURLToPath(import.meta.url), JSON.stringify(options)]);
}

/** Starts a Node process that prints its port (alone or in a URL) on its first line. */
export async function startServer(nodeArguments: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, nodeArguments, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /(?:^|:)(\d{2,5})(?=\D)/.exec(text);
      if (found) resolve(Number(found[1]));
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

const ECHO = "process.stdin.pipe(process.stdout)";

/** Children that echo; each takes one request at a time. */
function startEchoes(count: number): (bytes: Buffer) => Promise<Buffer> {
  const idle = Array.from({ length: count }, () =>
    spawn(process.execPath, ["-e", ECHO], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  const waiting: ((child: (typeof idle)[number]) => void)[] = [];
  return async (bytes) => {
    const child =
      idle.pop() ?? (await new Promise<(typeof idle)[number]>((resolve) => waiting.push(resolve)));
    const parts: Buffer[] = [];
    let missing = bytes.length;
    const whole = new Promise<void>((resolve) => {
      const take = (chunk: Buffer) => {
        parts.push(chunk);
        missing -= chunk.length;
        if (missing > 0) return;
        child.stdout.off("data", take);
        resolve();
      };
      child.stdout.on("data", take);
    });
    child.stdin.write(bytes);
    await whole;
    const next = waiting.shift();
    if (next) next(child);
    else idle.push(child);
    return Buffer.concat(parts);
  };
}

function serve(options: FloorOptions): void {
  const echo = options.pipe ? startEchoes(options.pipe) : undefined;
  const body = options.bodyFile ? readFileSync(options.bodyFile) : Buffer.from(options.body ?? "");
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", async () => {
      const bytes = Buffer.concat(parts);
      if (options.parse === "json") JSON.parse(bytes.toString());
      if (options.parse === "form") new URLSearchParams(bytes.toString());
      const answer = echo ? await echo(bytes) : body;
      response.writeHead(options.status ?? 200, { ...options.headers, "content-length": answer.length });
      response.end(answer);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(JSON.parse(process.argv[2] ?? "{}"));
