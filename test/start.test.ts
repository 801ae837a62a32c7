import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nuage, startPlatform } from "./cli.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nuage-start-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function s3At(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
  });
}

test("starts, tells its status, and stops when asked", async () => {
  const platform = await startPlatform(["--ephemeral"], { TMPDIR: folder });
  const status = await nuage(["status", "--endpoint", platform.endpoint]);
  expect(status.code).toBe(0);
  expect(status.out).toContain(platform.endpoint);
  expect(status.out).toContain("s3");

  const stopped = await nuage(["stop", "--endpoint", platform.endpoint]);
  expect(stopped).toMatchObject({ code: 0, out: "Stopped.\n" });
  // Gone, with all its files, before the command says so.
  expect(platform.process.exitCode ?? (await platform.end("SIGKILL"))).toBe(0);
  expect(await readdir(folder)).toEqual([]);
  expect((await nuage(["status", "--endpoint", platform.endpoint])).code).toBe(1);
});

test("Ctrl-C stops it cleanly, and what it kept is there after a restart", async () => {
  const first = await startPlatform(["--data", folder]);
  const before = s3At(first.endpoint);
  await before.send(new CreateBucketCommand({ Bucket: "kept" }));
  await before.send(new PutObjectCommand({ Bucket: "kept", Key: "a/b.txt", Body: "still here" }));
  expect(await first.end("SIGINT")).toBe(0);

  const second = await startPlatform(["--data", folder]);
  const object = await s3At(second.endpoint).send(new GetObjectCommand({ Bucket: "kept", Key: "a/b.txt" }));
  expect(await object.Body?.transformToString()).toBe("still here");
  expect(await second.end("SIGTERM")).toBe(0);
});

test("an acknowledged write survives kill -9", async () => {
  const first = await startPlatform(["--data", folder]);
  const before = s3At(first.endpoint);
  await before.send(new CreateBucketCommand({ Bucket: "kept" }));
  const large = Buffer.alloc(300_000, "x");
  await before.send(new PutObjectCommand({ Bucket: "kept", Key: "small", Body: "small" }));
  await before.send(new PutObjectCommand({ Bucket: "kept", Key: "large", Body: large }));
  await first.end("SIGKILL");

  const second = await startPlatform(["--data", folder]);
  const after = s3At(second.endpoint);
  const small = await after.send(new GetObjectCommand({ Bucket: "kept", Key: "small" }));
  const again = await after.send(new GetObjectCommand({ Bucket: "kept", Key: "large" }));
  expect(await small.Body?.transformToString()).toBe("small");
  expect(Buffer.from((await again.Body?.transformToByteArray()) ?? []).equals(large)).toBe(true);
  await second.end("SIGTERM");
});

test("a taken port is told in one sentence", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const result = await nuage(["start", "--ephemeral", "--port", String(port)]);
  server.close();
  expect(result.code).toBe(1);
  expect(result.err).toMatch(new RegExp(`^nuage: Port ${port} is taken[^\\n]*\\n$`));
});

test.skipIf(process.getuid?.() === 0)("an unwritable folder is told in one sentence", async () => {
  await chmod(folder, 0o500);
  const result = await nuage(["start", "--port", "0", "--data", join(folder, "data")]);
  await chmod(folder, 0o700);
  expect(result.code).toBe(1);
  expect(result.err).toMatch(/^nuage: [^\n]*data[^\n]*\n$/);
});

test("a folder that cannot be made is told in one sentence", async () => {
  await writeFile(join(folder, "file"), "");
  const result = await nuage(["start", "--port", "0", "--data", join(folder, "file", "data")]);
  expect(result.code).toBe(1);
  expect(result.err).toMatch(/^nuage: [^\n]*file[^\n]*\n$/);
});

test.runIf(process.platform === "linux")("a folder where none can be made is told at once", async () => {
  const result = await nuage(["start", "--port", "0", "--data", "/proc/nuage"]);
  expect(result.code).toBe(1);
  expect(result.err).toMatch(/^nuage: [^\n]*\/proc\/nuage[^\n]*\n$/);
});

test("a damaged store is told in one sentence, and nothing of it is touched", async () => {
  const platform = await startPlatform(["--data", folder]);
  await platform.end("SIGTERM");
  for (const name of await readdir(join(folder, "store"))) {
    if (name.endsWith(".mdb")) await writeFile(join(folder, "store", name), "not a database at all");
  }
  const result = await nuage(["start", "--port", "0", "--data", folder]);
  expect(result.code).toBe(1);
  expect(result.err).toMatch(/^nuage: [^\n]*store[^\n]*\n$/);
});

test("a second platform on the same folder is refused in one sentence", async () => {
  const platform = await startPlatform(["--data", folder]);
  const result = await nuage(["start", "--port", "0", "--data", folder]);
  await platform.end("SIGTERM");
  expect(result.code).toBe(1);
  expect(result.err).toMatch(/^nuage: [^\n]*\n$/);
});

test.each([
  [["start", "--port", "eighty"], /port/],
  [["start", "--account", "12"], /12 digits/],
  [["start", "--region", "nowhere"], /region/],
  [["start", "--durability", "luck"], /process or disk/],
  [["start", "--ephemeral", "--data", "x"], /choose one/],
  [["start", "--no-such-option"], /no-such-option/],
  [["fly"], /no command "fly"/],
])("nuage %j is refused with a reason", async (args, reason) => {
  const result = await nuage(args);
  expect(result.code).toBeGreaterThan(0);
  expect(result.err).toMatch(reason);
  expect(result.err).not.toMatch(/at .*\.js:/);
});
