// Bytes over real sockets: what clients do to a server, on purpose or by breaking.
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { afterEach, describe, expect, it } from "vitest";
import { openTestGateway, S3_WIRE, s3, service, sts, type TestGateway } from "./gateway.fixture.ts";
import type { Call, GatewayOptions, Handler } from "./options.ts";
import { closeRaw, connectRaw } from "./raw.fixture.ts";

let gateway: TestGateway;
afterEach(async () => {
  closeRaw();
  await gateway.close();
});

/** A promise that somebody else settles. */
function deferred<T>() {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value: T) => settle(value) };
}

type Bytes = AsyncIterable<Uint8Array> | Uint8Array;

async function read(body: Bytes): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  let text = "";
  for await (const part of body) text += Buffer.from(part).toString();
  return text;
}

const whoAmI: Handler = async (_input, call) => ({ Account: call.identity.account, UserId: call.endpoint });
const echo = {
  PutObject: async (input: Record<string, unknown>) => ({ ETag: await read(input.Body as Bytes) }),
};

async function open(handlers: Record<string, Handler> = {}, overrides: Partial<GatewayOptions> = {}) {
  gateway = await openTestGateway(
    [sts({ GetCallerIdentity: whoAmI }), s3({ ...echo, ...handlers })],
    overrides,
  );
}

const raw = () => connectRaw(gateway.port);

const form = "Action=GetCallerIdentity&Version=2011-06-15";
const post = (more = "", body = form) =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
  `Content-Length: ${body.length}\r\n${more}\r\n${body}`;

describe("HTTP/1.1", () => {
  it("keeps the connection, in whatever portions requests come", async () => {
    await open();
    const { write, until, socket } = raw();
    socket.setNoDelay(true);
    for (const byte of post()) write(byte);
    expect(await until("</GetCallerIdentityResponse>")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    write(post("X-Last: 1\r\nConnection: close\r\n"));
    const both = await until(undefined);
    expect(both.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(both).toMatch(/\r\nserver: Nuage\r\n/i);
    expect(both).toMatch(/\r\ndate: \w{3}, \d\d \w{3} \d{4} /i);
    expect(both).toMatch(/\r\nx-amzn-requestid: [0-9a-f-]{36}\r\n/i);
  });

  it("answers pipelined requests in order", async () => {
    await open();
    const { write, until } = raw();
    write(post() + post("Connection: close\r\n"));
    expect((await until(undefined)).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  it.each([
    ["no request line", "hello\r\n\r\n", "400"],
    ["no version and no host", "GET /\r\n\r\n", "403"],
    ["a broken header", "GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", "400"],
    ["two lengths", post("Content-Length: 3\r\n"), "400"],
    ["a length and chunks", post("Transfer-Encoding: chunked\r\n"), "400"],
    [
      "headers that are too long",
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"y".repeat(70_000)}\r\n\r\n`,
      "431",
    ],
    ["a broken HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", ""],
  ])("refuses %s and closes", async (_what, bytes, status) => {
    await open();
    const { write, until } = raw();
    write(bytes);
    const answer = await until(undefined);
    if (status) expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it("cuts off who never finishes the headers, and who never begins", async () => {
    await open({}, { limits: { headersTimeoutMs: 50 } });
    const slow = raw();
    slow.write("GET / HTTP/1.1\r\nHost: loc");
    expect(await slow.until(undefined)).toMatch(/^HTTP\/1\.1 408 /);
    expect(await raw().until(undefined)).toBe("");
  });

  it("cuts off who never finishes a body, and says so as the service would", async () => {
    await open({}, { limits: { stallTimeoutMs: 50 } });
    const large = raw();
    large.write("PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\npart");
    const answer = await large.until(undefined);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain("<Code>RequestTimeout</Code>");
    const small = raw();
    small.write(post().slice(0, -1));
    expect(await small.until(undefined)).toContain("<Code>RequestTimeout</Code>");
    expect(gateway.lifecycle.inFlight).toBe(0);
  });

  it("cuts off who stalls before the platform waits for the body, once it does", async () => {
    let load = () => {};
    const loaded = new Promise<void>((resolve) => {
      load = resolve;
    });
    const slow = service("s3", S3_WIRE, () => loaded.then(() => import("@aws-sdk/client-s3")), echo);
    gateway = await openTestGateway([sts({ GetCallerIdentity: whoAmI }), slow], {
      limits: { stallTimeoutMs: 20 },
    });
    const early = raw();
    early.write("PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\npart");
    // Others that are cut off one after another prove that the time is over for the first.
    for (let round = 0; round < 3; round++) {
      const other = raw();
      other.write(post().slice(0, -1));
      await other.until(undefined);
    }
    load();
    expect(await early.until(undefined)).toContain("<Code>RequestTimeout</Code>");
  });

  it("closes a connection that nobody uses any more", async () => {
    await open({}, { limits: { keepAliveTimeoutMs: 30 } });
    const { write, until } = raw();
    write(post());
    expect(await until(undefined)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });

  it("lets a handler take longer than a client may", async () => {
    let finish = () => {};
    const wait = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await open({ ListBuckets: () => wait.then(() => ({ Buckets: [] })) }, { limits: { stallTimeoutMs: 30 } });
    const waiting = fetch(gateway.endpoint);
    // Another connection that is cut off proves that the time is over.
    const other = raw();
    other.write(post().slice(0, -1));
    await other.until(undefined);
    finish();
    expect((await waiting).status).toBe(200);
  });

  it("tells a handler that its client has gone, and forgets it", async () => {
    const started = deferred<Call>();
    await open({
      ListBuckets: (_input, call) => {
        started.resolve(call);
        return new Promise((resolve) => {
          call.signal.addEventListener("abort", () => resolve({}));
        });
      },
    });
    const { write, socket } = raw();
    write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const call = await started.promise;
    socket.destroy();
    await once(call.signal, "abort");
    await gateway.lifecycle.settled();
  });

  it("breaks a body's stream when its client vanishes", async () => {
    const failed = deferred<unknown>();
    await open({
      PutObject: async (input) => {
        await read(input.Body as Bytes).catch((error: unknown) => {
          failed.resolve(error);
          throw error;
        });
        return {};
      },
    });
    const { write, socket } = raw();
    write("PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\npart");
    socket.end();
    expect(await failed.promise).toMatchObject({ kind: "incompleteBody" });
    await gateway.lifecycle.settled();
  });
});

describe("answers", () => {
  it("stream, and break the connection when they break", async () => {
    const seen = deferred<void>();
    async function* broken() {
      yield Buffer.from("first");
      await seen.promise;
      throw new TypeError("gone");
    }
    await open({ GetObject: async () => ({ Body: broken(), ContentLength: 10 }) });
    const answer = await fetch(`${gateway.endpoint}/bucket/key`);
    expect(answer.status).toBe(200);
    seen.resolve();
    await expect(answer.text()).rejects.toThrow("terminated");
    expect(gateway.lines.join("")).toContain("An answer broke off in the middle");
  });

  it("wait for a slow reader, and stop when it goes", async () => {
    let made = 0;
    const ended = deferred<void>();
    async function* endless() {
      try {
        for (;;) {
          made++;
          yield Buffer.alloc(65_536);
        }
      } finally {
        ended.resolve();
      }
    }
    await open({ GetObject: async () => ({ Body: endless() }) }, { limits: { stallTimeoutMs: 50 } });
    const { write, socket } = raw();
    socket.pause();
    write("GET /bucket/key HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await ended.promise;
    expect(made).toBeLessThan(2_000);
    await gateway.lifecycle.settled();
  });

  it("to HEAD have the length and no body", async () => {
    await open({ HeadObject: async () => ({ ContentLength: 1234 }) });
    const answer = await fetch(`${gateway.endpoint}/bucket/key`, { method: "HEAD" });
    expect(answer.headers.get("content-length")).toBe("1234");
  });

  it("hide a handler's mistake and log its stack", async () => {
    await open({
      ListBuckets: async () => {
        throw new TypeError("a secret of the house");
      },
    });
    const answer = await fetch(gateway.endpoint);
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(text).toContain("<Code>InternalError</Code>");
    expect(text).not.toContain("secret");
    expect(gateway.lines.join("")).toMatch(/TypeError: a secret of the house\n\s+at /);
    expect(gateway.spans).toMatchObject([{ status: "fault", errorType: "InternalError" }]);
  });

  it("are refused when too much is under way", async () => {
    const started = deferred<void>();
    const finish = deferred<void>();
    const ListBuckets: Handler = async () => {
      started.resolve();
      await finish.promise;
      return {};
    };
    await open({ ListBuckets }, { limits: { requests: 1 } });
    const first = fetch(gateway.endpoint);
    await started.promise;
    const second = await fetch(gateway.endpoint);
    expect(second.status).toBe(503);
    expect(await second.text()).toContain("<Code>SlowDown</Code>");
    finish.resolve();
    expect((await first).status).toBe(200);
    expect((await fetch(gateway.endpoint)).status).toBe(200);
    expect(gateway.spans.map((span) => span.status)).toEqual(["throttle", "ok", "ok"]);
  });
});

describe("HTTP/2 with prior knowledge", () => {
  it("is spoken on the same port, many requests at once", async () => {
    await open();
    const session = connectHttp2(`http://127.0.0.1:${gateway.port}`);
    const ask = async () => {
      const stream = session.request({
        ":method": "POST",
        ":path": "/",
        "content-type": "application/x-www-form-urlencoded",
      });
      stream.end(form);
      let text = "";
      for await (const part of stream) text += String(part);
      return text;
    };
    for (const text of await Promise.all(Array.from({ length: 20 }, ask))) {
      expect(text).toContain("<Account>000000000000</Account>");
      expect(text).toContain(`<UserId>http://127.0.0.1:${gateway.port}</UserId>`);
    }
    session.close();
  });

  it("streams bodies both ways", async () => {
    await open({ GetObject: async () => ({ Body: Buffer.alloc(300_000, "z") }) });
    const session = connectHttp2(`http://127.0.0.1:${gateway.port}`);
    const put = session.request({ ":method": "PUT", ":path": "/bucket/key" });
    put.write("hel");
    put.end("lo");
    const [headers] = await once(put, "response");
    expect(headers).toMatchObject({ ":status": 200, etag: "hello" });
    const get = session.request({ ":path": "/bucket/key" });
    let size = 0;
    for await (const part of get) size += part.length;
    expect(size).toBe(300_000);
    session.close();
  });
});

it("closes once requests under way are answered", async () => {
  const started = deferred<void>();
  const finish = deferred<void>();
  await open({
    ListBuckets: async () => {
      started.resolve();
      await finish.promise;
      return {};
    },
  });
  const waiting = fetch(gateway.endpoint);
  await started.promise;
  const closed = gateway.close();
  finish.resolve();
  expect((await waiting).headers.get("connection")).toBe("close");
  await closed;
  await expect(fetch(gateway.endpoint)).rejects.toThrow();
});
