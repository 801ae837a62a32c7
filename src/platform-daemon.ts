import { createSocket } from "node:dgram";
import type { Log } from "./kernel/log.ts";

/** Where functions' X-Ray SDKs send what they trace: `127.0.0.1:2000`. */
export interface TraceDaemon {
  /** Undefined until it listens. */
  address(): string | undefined;
  close(): void;
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon.html */
const USUAL_PORT = 2000;
/** `{"format": "json", "version": 1}` on a line of its own comes before each document. */
const HEADER = /^\s*\{[^\n]*"format"[^\n]*\}\s*\n/;

/**
 * Takes segment documents as the X-Ray daemon does, by UDP. `usual`: on its usual port, where nobody else has
 * it. What is lost on the way is lost, as on AWS.
 */
export function openTraceDaemon(
  usual: boolean,
  log: Log,
  put: (documents: readonly string[]) => Promise<void>,
): TraceDaemon {
  const socket = createSocket("udp4");
  let waiting: string[] = [];
  let isBound = false;
  let isClosed = false;
  const flush = () => {
    const documents = waiting;
    waiting = [];
    put(documents).catch((error: unknown) => log.debug("traced segments were not taken", { error }));
  };
  socket.on("message", (bytes) => {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(bytes.toString("utf8").replace(HEADER, ""));
  });
  socket.on("listening", () => {
    isBound = true;
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (isClosed) return;
    if (error.code === "EADDRINUSE" && !isBound) socket.bind(0, "127.0.0.1");
    else log.debug("the address for traced segments failed", { error });
  });
  socket.bind(usual ? USUAL_PORT : 0, "127.0.0.1");
  socket.unref();
  return {
    address() {
      if (!isBound || isClosed) return undefined;
      const { address, port } = socket.address();
      return `${address}:${port}`;
    },
    close() {
      isClosed = true;
      socket.close();
    },
  };
}
