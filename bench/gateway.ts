// What the gateway and the wire cost, each figure beside its floor measured in the same run:
//
//   tsx bench/gateway.ts
//
// prints one JSON line a figure.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type FloorOptions, type Running, startFloor, startServer } from "./floor.ts";
import { type LoadOptions, load } from "./load.ts";

const MIB = 1024 * 1024;
const ROUNDS = 5;
const LARGE_BYTES = 256 * MIB;

/** Bundled as the platform is: what runs TypeScript directly makes every closure slower. */
async function bundleServer(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL("./gateway-server.ts", import.meta.url))],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: ["@node-rs/*"],
    banner: {
      js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}

const signed = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=123456789012/20261123/us-east-1/${service}/aws4_request, ` +
  `SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${"0".repeat(64)}`;

const common = {
  "user-agent": "aws-sdk-js/3.1169.0 ua/2.1 os/linux lang/js md/nodejs#20.20.2",
  "amz-sdk-invocation-id": "8a5c1d0e-5d3f-4a8e-9c1b-2f6b7a9d0c11",
  "amz-sdk-request": "attempt=1; max=3",
  "x-amz-date": "20261123T000000Z",
};

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly floor: number;
}

function print({ name, unit, value, floor }: Figure): void {
  console.log(JSON.stringify({ name, value, unit, floor, ratio: Math.round((value / floor) * 100) / 100 }));
}

async function requests(
  name: string,
  gateway: Running,
  options: LoadOptions,
  parse: FloorOptions["parse"],
): Promise<void> {
  const url = gateway.url + options.url;
  const answer = await fetch(url, {
    method: options.method ?? "GET",
    headers: { ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  const headers = Object.fromEntries(answer.headers);
  for (const own of ["connection", "keep-alive", "date", "content-length"]) delete headers[own];
  const body = await answer.text();
  const floor = await startFloor({ status: answer.status, headers, body, ...(parse ? { parse } : {}) });
  const run = { ...options, connections: 16, seconds: 1, warmUpSeconds: 0.5 };
  const bare: number[] = [];
  const ours: number[] = [];
  // In turns, and the best of each: what else the machine does then harms neither.
  for (let round = 0; round < ROUNDS; round++) {
    bare.push((await load({ ...run, url: floor.url + options.url })).rps);
    const result = await load({ ...run, url });
    ours.push(result.rps);
    if (result.errors > 0) console.error(`${name}: ${result.errors} errors`);
  }
  await floor.stop();
  print({ name, unit: "requests/s", value: Math.max(...ours), floor: Math.max(...bare) });
}

const PLAIN_CHUNK = Buffer.alloc(256 * 1024, "y");
/** As the SDKs send a stream: in chunks that say their length, here without a trailer. */
const AWS_CHUNK = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, "y"), Buffer.from("\r\n")]);

/** Sends or takes 256 MiB and tells the speed in MiB/s. */
function transfer(base: string, method: "PUT" | "GET", headers: Record<string, string>): Promise<number> {
  const agent = new Agent();
  const encoded = headers["content-encoding"] === "aws-chunked";
  const chunk = encoded ? AWS_CHUNK : PLAIN_CHUNK;
  const payloadBytes = encoded ? 65_536 : chunk.length;
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const outgoing = request(`${base}/bucket/large`, { method, headers, agent }, (incoming) => {
      let size = 0;
      incoming.on("data", (part: Buffer) => {
        size += part.length;
      });
      incoming.on("end", () => {
        agent.destroy();
        const expected = method === "GET" ? LARGE_BYTES : size;
        if (incoming.statusCode !== 200 || size !== expected) reject(new Error(`${method}: ${size} bytes`));
        resolve(LARGE_BYTES / MIB / ((performance.now() - startedMs) / 1000));
      });
    });
    outgoing.on("error", reject);
    let left = method === "PUT" ? LARGE_BYTES : 0;
    const write = () => {
      while (left > 0) {
        left -= payloadBytes;
        if (!outgoing.write(chunk)) {
          outgoing.once("drain", write);
          return;
        }
      }
      outgoing.end(encoded ? "0\r\n\r\n" : undefined);
    };
    write();
  });
}

async function large(gateway: Running, bare: Running): Promise<void> {
  const headers = { ...common, authorization: signed("s3") };
  const unsigned = { ...headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
  const sized = { ...unsigned, "content-length": String(LARGE_BYTES) };
  const chunked = {
    ...headers,
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "content-encoding": "aws-chunked",
    "content-length": String((LARGE_BYTES / 65_536) * AWS_CHUNK.length + 5),
    "x-amz-decoded-content-length": String(LARGE_BYTES),
  };
  await compare("S3 PUT of 256 MiB", gateway, bare, "PUT", sized);
  await compare("S3 GET of 256 MiB", gateway, bare, "GET", unsigned);
  // Last, for the bare server keeps what it is sent as it is.
  await compare("S3 PUT of 256 MiB in chunks", gateway, bare, "PUT", chunked);
  const status = await readFile(`/proc/${gateway.pid}/status`, "utf8").catch(() => "");
  const peakKib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  if (peakKib > 0)
    console.log(JSON.stringify({ name: "gateway, peak memory", value: peakKib / 1024, unit: "MiB" }));
}

async function compare(
  what: string,
  gateway: Running,
  bare: Running,
  method: "PUT" | "GET",
  headers: Record<string, string>,
): Promise<void> {
  const floors: number[] = [];
  const values: number[] = [];
  for (let round = 0; round < 3; round++) {
    floors.push(await transfer(bare.url, method, headers));
    values.push(await transfer(gateway.url, method, headers));
  }
  const best = (speeds: number[]) => Math.round(Math.max(...speeds));
  print({ name: `gateway, ${what}`, unit: "MiB/s", value: best(values), floor: best(floors) });
}

const folder = await mkdtemp(join(tmpdir(), "nuage-bench-"));
const server = join(folder, "server.mjs");
await bundleServer(server);
const start = (kind: string) => startServer([server, kind, join(folder, kind)]);
const gateway = await start("gateway");
const bare = await start("bare");
try {
  const form = { ...common, "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  await requests(
    "gateway, STS GetCallerIdentity",
    gateway,
    {
      url: "/",
      method: "POST",
      headers: { ...form, authorization: signed("sts") },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    },
    "form",
  );
  const s3 = { ...common, authorization: signed("s3"), "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
  const object = { url: "/bucket/small", headers: s3 };
  const put = { ...object, method: "PUT", body: "x".repeat(1024) };
  await requests("gateway, S3 PutObject of 1 KiB", gateway, put, undefined);
  await requests("gateway, S3 GetObject of 1 KiB", gateway, object, undefined);
  await large(gateway, bare);
} finally {
  await gateway.stop();
  await bare.stop();
  await rm(folder, { recursive: true });
}
