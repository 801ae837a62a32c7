// A collector of OpenTelemetry that writes down what it is sent, and answers as it is told.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { Message } from "../src/observe/otlp/protobuf.ts";

export interface Taken {
  readonly signal: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

export interface Collector {
  readonly url: string;
  readonly taken: readonly Taken[];
  /** The answers to the next requests; then 200. */
  readonly answers: Answer[];
  /** Resolves once so many requests have come. */
  requests(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function openCollector(): Promise<Collector> {
  const taken: Taken[] = [];
  const answers: Answer[] = [];
  let waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const whole = Buffer.concat(parts);
    const { headers, url = "" } = request;
    const body = headers["content-encoding"] === "gzip" ? gunzipSync(whole) : whole;
    taken.push({ signal: url.replace("/v1/", ""), headers, body });
    const { status, headers: own, body: said = "" } = answers.shift() ?? { status: 200 };
    response.writeHead(status, own).end(said);
    for (const wake of waiting.splice(0)) wake();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    answers,
    async requests(count) {
      while (taken.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async close() {
      waiting = [];
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

type Attributes = Record<string, string | number | boolean>;

export interface SeenRecord {
  readonly resource: Attributes;
  readonly message: Message;
  readonly attributes: Attributes;
}

/** The fields of the messages that hold attributes, by signal. */
const ATTRIBUTES: Readonly<Record<string, number>> = { traces: 9, logs: 6 };

/** The spans, lines or metrics of all requests in protocol buffers, each with its resource. */
export function recordsOf(taken: readonly Taken[], signal: string): SeenRecord[] {
  return taken
    .filter((each) => each.signal === signal)
    .flatMap(({ body }) => new Message(body).messages(1))
    .flatMap((group) => {
      const resource = group.messages(1).map((each) => pairs(each.messages(1)));
      const records = group.messages(2).flatMap((scope) => scope.messages(2));
      return records.map((message) => ({
        resource: resource[0] ?? {},
        message,
        attributes: pairs(message.messages(ATTRIBUTES[signal] ?? 99)),
      }));
    });
}

export function pairs(all: readonly Message[]): Attributes {
  return Object.fromEntries(
    all.flatMap((pair) => {
      const [value] = pair.messages(2);
      const truth = value?.whole(2);
      const plain =
        value?.text(1) ??
        (truth === undefined ? undefined : truth === 1n) ??
        Number(value?.whole(3) ?? value?.double(4));
      return plain === undefined ? [] : [[pair.text(1) ?? "", plain]];
    }),
  );
}

export const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
