import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Clock } from "../kernel/clock.ts";
import type { OtlpStatus } from "../kernel/otlp-target.ts";
import type { Console } from "./console.ts";

export interface AdminOptions {
  readonly account: string;
  readonly region: string;
  /** The data folder, or undefined on an ephemeral platform: only that one is ever reset. */
  readonly data: string | undefined;
  readonly clock: Clock;
  /** When the platform started, on the clock that nobody turns. */
  readonly startedMs: number;
  readonly version: string;
  readonly services: readonly string[];
  /** How the sending to a collector goes, where one was named. */
  readonly otlp: (() => OtlpStatus) | undefined;
  readonly endpoint: () => string;
  readonly reset: () => Promise<void>;
  /** Begins to stop the platform; the answer still reaches the client. */
  readonly stop: () => void;
  /** The zip of a function's code, where GetFunction says it lies. */
  readonly code: (path: string) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The certificate by which messages are verified, as PEM, where messages say it lies. */
  readonly certificate: (path: string) => Promise<string | undefined>;
  /** Takes what is put at an address of a stack's; gives the status, or undefined where it is none. */
  readonly letter: (path: string, body: Uint8Array) => Promise<number | undefined>;
  /** The console's pages, asked for every other path. */
  readonly console: Console;
}

/** The platform's own addresses: health, reset and stop, with the paths that existing tools ask for. */
export function createAdmin(options: AdminOptions): Console {
  const { clock, services, startedMs } = options;
  const running = () => Object.fromEntries(services.map((id) => [id, "running"]));
  const reset = async (): Promise<AdminResponse> => {
    if (options.data !== undefined) {
      return {
        status: 409,
        json: { message: "Only an ephemeral platform is reset: start it with --ephemeral." },
      };
    }
    await options.reset();
    return { status: 200, json: { status: "reset" } };
  };
  const routes: Readonly<Record<string, () => AdminResponse | Promise<AdminResponse>>> = {
    "GET /_nuage/health": () => ({
      status: 200,
      json: {
        status: "running",
        version: options.version,
        pid: process.pid,
        endpoint: options.endpoint(),
        account: options.account,
        region: options.region,
        data: options.data ?? null,
        nowMs: clock.now(),
        uptimeMs: Math.round(clock.monotonic() - startedMs),
        services: running(),
        ...(options.otlp ? { otlp: options.otlp() } : {}),
      },
    }),
    "GET /_localstack/health": () => ({
      status: 200,
      json: { services: running(), edition: "nuage", version: options.version },
    }),
    "POST /_nuage/reset": reset,
    "POST /_localstack/state/reset": reset,
    "POST /_nuage/stop": () => {
      options.stop();
      return { status: 202, json: { status: "stopping" } };
    },
  };
  const fileAt = async (path: string): Promise<AdminResponse | undefined> => {
    const code = await options.code(path);
    if (code) return { status: 200, bytes: code, contentType: "application/zip" };
    const certificate = await options.certificate(path);
    if (certificate === undefined) return undefined;
    return { status: 200, bytes: bytesOf(certificate), contentType: "application/x-pem-file" };
  };
  return async (request: AdminRequest) => {
    const route = routes[`${request.method} ${request.path}`];
    if (route) return route();
    const taken = request.method === "PUT" && (await options.letter(request.path, request.body));
    if (taken) return { status: taken, json: {} };
    return (request.method === "GET" ? await fileAt(request.path) : undefined) ?? options.console(request);
  };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
