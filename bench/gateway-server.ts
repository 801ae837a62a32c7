// The servers that bench/gateway.ts compares: the gateway with services that do next to nothing, so that
// what is measured is the gateway and the wire, and a bare Node server that streams to and from disk.
//
//   tsx bench/gateway-server.ts gateway|bare FILE
//
// prints its port and serves until it is killed.
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { openGateway } from "../src/gateway/gateway.ts";
import type { GatewayService, Handler } from "../src/gateway/options.ts";
import { createClock } from "../src/kernel/clock.ts";
import { createIds } from "../src/kernel/ids.ts";
import { Lifecycle } from "../src/kernel/lifecycle.ts";
import { createLog } from "../src/kernel/log.ts";
import type { Wire } from "../src/kernel/wire.ts";
import { compileModel } from "../src/protocol/model.ts";

const [kind, file = ""] = process.argv.slice(2);
const small = Buffer.alloc(1024, "x");

const objects: Record<string, Handler> = {
  async PutObject(input) {
    const body = input.Body as AsyncIterable<Uint8Array> | Uint8Array;
    if (!(body instanceof Uint8Array)) {
      const handle = await open(file, "w");
      for await (const chunk of body) await handle.write(chunk);
      await handle.close();
    }
    return { ETag: '"d41d8cd98f00b204e9800998ecf8427e"' };
  },
  async GetObject(input) {
    const Body = input.Key === "small" ? small : createReadStream(file, { highWaterMark: 256 * 1024 });
    return { Body, ContentLength: input.Key === "small" ? small.length : undefined, ETag: '"e"' };
  },
};

const callers: Record<string, Handler> = {
  async GetCallerIdentity(_input, call) {
    return { Account: call.identity.account, Arn: call.identity.arn, UserId: call.identity.userId };
  },
};

function service(id: string, wire: Wire, load: () => Promise<object>, handlers: Record<string, Handler>) {
  const one: GatewayService = {
    id,
    wire,
    open: async () => ({
      model: compileModel(id, wire, await load()),
      constraints: {},
      handler: (operation) => handlers[operation],
    }),
  };
  return [id, one] as const;
}

async function serveGateway(): Promise<number> {
  const identity = { account: "000000000000", arn: "arn:aws:iam::000000000000:root", userId: "000000000000" };
  const gateway = await openGateway({
    host: "127.0.0.1",
    port: 0,
    auth: "accept",
    defaults: { account: "000000000000", region: "us-east-1" },
    services: new Map([
      service(
        "sts",
        { protocols: ["awsQuery"], version: "2011-06-15", signingName: "sts" },
        () => import("@aws-sdk/client-sts"),
        callers,
      ),
      service(
        "s3",
        { protocols: ["restXml"], version: "2006-03-01", signingName: "s3" },
        () => import("@aws-sdk/client-s3"),
        objects,
      ),
    ]),
    identities: {
      identify: (accessKeyId = "") => ({ accessKeyId, ...identity }),
      secretOf: () => undefined,
    },
    admin: async () => undefined,
    corsRules: async () => [],
    clock: createClock(),
    ids: createIds(),
    log: createLog("info", (line) => process.stderr.write(line)),
    lifecycle: new Lifecycle(),
    recorder: { span: () => undefined, usage: () => undefined, log: () => undefined },
    debug: false,
  });
  return gateway.port;
}

function serveBare(): Promise<number> {
  const server = createServer(async (request, response) => {
    if (request.method === "PUT") await pipeline(request, createWriteStream(file));
    else await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), response);
    if (!response.writableEnded) response.end();
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

console.log(kind === "bare" ? await serveBare() : await serveGateway());
