// What S3 costs through the whole platform, each figure beside its floor measured in the same run:
//
//   node scripts/build.mjs && tsx bench/s3.ts [small] [large]
//
// prints one JSON line a figure. Small: PutObject and GetObject of 1 KiB against a bare HTTP server. Large:
// 256 MiB against a bare server that pipes to and from a file, and the memory that the platform takes more.
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { type Figure, print } from "./bundled.ts";
import { type Running, startFloor, startServer } from "./floor.ts";
import { load } from "./load.ts";

const MIB = 1024 * 1024;
const ROUNDS = 3;
const LARGE_BYTES = 256 * MIB;
const SETTLE_MS = 1500;

const HEADERS = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=000000000000/20261123/us-east-1/s3/aws4_request, " +
    `SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${"0".repeat(64)}`,
  "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
  "x-amz-date": "20261123T000000Z",
  "content-type": "application/octet-stream",
};

function startPlatform(data: string): Promise<Running> {
  const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  return startServer([cli, "start", "--port", "0", "--data", data]);
}

async function put(url: string, body?: string): Promise<void> {
  const answer = await fetch(url, {
    method: "PUT",
    headers: HEADERS,
    ...(body === undefined ? {} : { body }),
  });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
}

/** Requests a second of the platform and of a bare server that gives the same answer, in turns. */
async function requests(name: string, platform: Running, method: "PUT" | "GET", path: string, more: object) {
  const body = "x".repeat(1024);
  const sent = method === "PUT" ? { body } : {};
  const headers = { ...HEADERS, ...more };
  await put(`${platform.url}/bench/0`, body);
  const answer = await fetch(platform.url + path.replace("{n}", "0"), { method, headers, ...sent });
  const kept = Object.fromEntries(answer.headers);
  for (const own of ["connection", "keep-alive", "date", "content-length"]) delete kept[own];
  const floor = await startFloor({ headers: kept, body: await answer.text() });
  const run = { method, headers, ...sent, connections: 16, seconds: 1.5, warmUpSeconds: 1 };
  const bare: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push((await load({ ...run, url: floor.url + path })).rps);
    const result = await load({ ...run, url: platform.url + path });
    ours.push(result.rps);
    if (result.errors > 0) console.error(`${name}: ${result.errors} errors`);
  }
  await floor.stop();
  print({ name, unit: "requests/s", value: Math.max(...ours), floor: Math.max(...bare) });
}

/** Sends or takes 256 MiB and tells the speed in MiB/s. */
function transfer(url: string, method: "PUT" | "GET", more: object = {}): Promise<number> {
  const agent = new Agent();
  const chunk = Buffer.alloc(256 * 1024, "0123456789abcdef");
  const headers = { ...HEADERS, ...more, ...(method === "PUT" ? { "content-length": LARGE_BYTES } : {}) };
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const outgoing = request(url, { method, headers, agent }, (incoming) => {
      let size = 0;
      incoming.on("data", (part: Buffer) => {
        size += part.length;
      });
      incoming.on("end", () => {
        agent.destroy();
        const whole = method === "PUT" || size === LARGE_BYTES;
        if (incoming.statusCode !== 200 || !whole)
          reject(new Error(`${method} ${incoming.statusCode}: ${size}`));
        resolve(LARGE_BYTES / MIB / ((performance.now() - startedMs) / 1000));
      });
    });
    outgoing.on("error", reject);
    let left = method === "PUT" ? LARGE_BYTES : 0;
    const write = () => {
      while (left > 0) {
        left -= chunk.length;
        if (!outgoing.write(chunk)) return outgoing.once("drain", write);
      }
      return outgoing.end();
    };
    write();
  });
}

/** The CRC32 of what `transfer` sends, as clients send it by default. */
function largeCrc32(): string {
  const chunk = Buffer.alloc(256 * 1024, "0123456789abcdef");
  let value = 0;
  for (let left = LARGE_BYTES; left > 0; left -= chunk.length) value = crc32(chunk, value);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes.toString("base64");
}

/** A bare server whose PUT pipes into a file and whose GET pipes out of it. */
function serveFile(file: string): void {
  const server = createServer(async (incoming, response) => {
    if (incoming.method === "PUT") {
      await pipeline(incoming, createWriteStream(file)).catch(() => {});
      response.end();
    } else {
      response.setHeader("content-length", statSync(file).size);
      // The client may close its end before this one knows that all is sent.
      await pipeline(createReadStream(file), response).catch(() => {});
    }
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

async function residentMib(pid: number, line: "VmHWM" | "VmRSS"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${line}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}

async function measureLarge(platform: Running, folder: string): Promise<void> {
  const file = fileURLToPath(import.meta.url);
  const floor = await startServer(["--import", "tsx", file, "--serve", join(folder, "floor")]);
  const url = `${platform.url}/bench/large`;
  const crc = { "x-amz-checksum-crc32": largeCrc32() };
  const best = async (send: () => Promise<number>) => {
    const speeds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) speeds.push(await send());
    return Math.max(...speeds);
  };
  // What the platform loads once, telemetry's engine above all, is there before the measured bytes are.
  for (let round = 0; round < 20; round++) {
    await put(`${platform.url}/bench/warm`, "x".repeat(2 * MIB));
    await (await fetch(`${platform.url}/bench/warm`, { headers: HEADERS })).arrayBuffer();
  }
  await pause(SETTLE_MS);
  const beforeMib = await residentMib(platform.pid, "VmRSS");
  const figures: Figure[] = [];
  const floorPut = await best(() => transfer(`${floor.url}/`, "PUT"));
  figures.push({
    name: "put 256 MiB",
    unit: "MiB/s",
    value: await best(() => transfer(url, "PUT", crc)),
    floor: floorPut,
  });
  const unsummed = await best(() => transfer(url, "PUT"));
  figures.push({ name: "put 256 MiB without a checksum", unit: "MiB/s", value: unsummed, floor: floorPut });
  const floorGet = await best(() => transfer(`${floor.url}/`, "GET"));
  figures.push({
    name: "get 256 MiB",
    unit: "MiB/s",
    value: await best(() => transfer(url, "GET")),
    floor: floorGet,
  });
  await floor.stop();
  for (const figure of figures) print(figure);
  const peakMib = await residentMib(platform.pid, "VmHWM");
  print({ name: "extra memory of 256 MiB put and get", unit: "MiB", value: peakMib - beforeMib });
}

async function main(wanted: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "nuage-bench-s3-"));
  const platform = await startPlatform(join(folder, "data"));
  try {
    await put(`${platform.url}/bench`);
    if (wanted.length === 0 || wanted.includes("small")) {
      const crc = Buffer.alloc(4);
      crc.writeUInt32BE(crc32(Buffer.alloc(1024, "x")));
      const summed = { "x-amz-checksum-crc32": crc.toString("base64") };
      await requests("PutObject 1 KiB", platform, "PUT", "/bench/{n}", summed);
      await requests("GetObject 1 KiB", platform, "GET", "/bench/0", {});
    }
    if (wanted.length === 0 || wanted.includes("large")) await measureLarge(platform, folder);
  } finally {
    await platform.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const [first, second] = process.argv.slice(2);
if (first === "--serve") serveFile(second ?? "");
else await main(process.argv.slice(2));
