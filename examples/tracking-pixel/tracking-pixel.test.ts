import { fileURLToPath } from "node:url";
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startNuage } from "../../src/testing/index.ts";
import { nuage as run } from "../../test/cli.ts";

let nuage: Awaited<ReturnType<typeof startNuage>>;
let api: string;

beforeAll(async () => {
  nuage = await startNuage();
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const { code, out, err } = await run(["deploy", folder, "--yes"], { NUAGE_ENDPOINT: nuage.endpoint });
  expect({ code, err }, out).toMatchObject({ code: 0 });
  api = /(http:\S+) +HTTP API/.exec(out)?.[1]?.replace(/\/$/, "") ?? "";
}, 60_000);

afterAll(() => nuage?.stop());

const look = (page: string, visitor: string) =>
  fetch(`${api}/pixel.gif?page=${encodeURIComponent(page)}&visitor=${visitor}`);
const stats = async (page: string) =>
  (await fetch(`${api}/stats?page=${encodeURIComponent(page)}`)).json() as Promise<{
    visited: number;
    minutes: Record<string, number>;
  }>;

it("answers a picture of one pixel that nobody keeps", async () => {
  const response = await look("/picture", "one");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("image/gif");
  expect(response.headers.get("cache-control")).toBe("no-store");
  const bytes = Buffer.from(await response.arrayBuffer());
  // Its width and height: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
  expect([bytes.subarray(0, 6).toString(), bytes.readUInt16LE(6), bytes.readUInt16LE(8)]).toEqual([
    "GIF89a",
    1,
    1,
  ]);
});

it("counts visits by page once their minute is over, and keeps every one", async () => {
  await Promise.all(["a", "b", "c"].map((visitor) => look("/home", visitor)));
  await look("/about us", "a");
  await nuage.advance("3 minutes");
  await Promise.all(["a", "d"].map((visitor) => look("/home", visitor)));
  await nuage.advance("3 minutes");
  const home = await stats("/home");
  expect(home.visited).toBe(5);
  expect(Object.values(home.minutes).sort()).toEqual([2, 3]);
  expect(await stats("/about us")).toMatchObject({ visited: 1 });
  expect(await stats("/nowhere")).toEqual({ page: "/nowhere", visited: 0, minutes: {} });

  const kept = await archived();
  const visitors = kept.filter(({ page }) => page === "/home").map(({ visitor }) => visitor);
  expect(visitors.sort()).toEqual(["a", "a", "b", "c", "d"]);
});

async function archived(): Promise<{ page: string; visitor: string }[]> {
  const s3 = nuage.client(S3Client);
  const { Buckets } = await s3.send(new ListBucketsCommand());
  const Bucket = Buckets?.find(({ Name }) => Name?.startsWith("tracking-pixel-archive"))?.Name;
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const texts = await Promise.all(
    (Contents ?? []).map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? "";
    }),
  );
  return texts.flatMap((text) =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
}
