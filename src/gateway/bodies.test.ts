// Bodies that nobody wants, or not all of: what becomes of them and of their connection.
import { afterEach, expect, it } from "vitest";
import { Fault } from "../kernel/faults.ts";
import { openTestGateway, s3, sts, type TestGateway } from "./gateway.fixture.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Handler } from "./options.ts";
import { closeRaw, connectRaw } from "./raw.fixture.ts";

let gateway: TestGateway;
afterEach(async () => {
  closeRaw();
  await gateway.close();
});

async function open(PutObject: Handler = async () => ({}), limits: Partial<GatewayLimits> = {}) {
  const whoAmI: Handler = async () => ({ UserId: "me" });
  gateway = await openTestGateway([sts({ GetCallerIdentity: whoAmI }), s3({ PutObject })], { limits });
}

const raw = () => connectRaw(gateway.port);

const WHO = "Action=GetCallerIdentity&Version=2011-06-15";
const FORM = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";

it("asks for no large body that the service refuses unread", async () => {
  await open(async () => {
    throw new Fault("NoSuchBucket", "There is none.", { status: 404 });
  });
  const { write, until } = raw();
  write("PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  expect(await until(undefined)).toMatch(/^HTTP\/1\.1 404 .*connection: close/is);
});

it("asks for the body only once the request is accepted so far", async () => {
  await open(async ({ Body }) => ({ ETag: String((Body as Uint8Array).length) }));
  const head = (path: string) =>
    `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
  const good = raw();
  good.write(head("/bucket/key"));
  expect(await good.until("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  good.write("hello");
  expect(await good.until("HTTP/1.1 200 OK")).toMatch(/etag: 5/i);
  const bad = raw();
  bad.write(head("/bucket/key?X-Amz-Signature=1"));
  const refused = await bad.until(undefined);
  expect(refused).toMatch(/^HTTP\/1\.1 400 /);
  expect(refused).toMatch(/connection: close/i);
});

it("refuses a body that is larger than the operation takes", async () => {
  await open();
  const { write, until } = raw();
  write(`${FORM}Content-Length: 100000000\r\nConnection: close\r\n\r\n`);
  expect(await until("</ErrorResponse>")).toMatch(/^HTTP\/1\.1 413 [\s\S]*<Code>RequestEntityTooLarge</);
});

it("keeps the connection after a body that was too large, or says that it does not", async () => {
  await open(undefined, { drainBytes: 18_000_000 });
  const large = (bytes: number) => `${FORM}Content-Length: ${bytes}\r\n\r\n`;
  const kept = raw();
  kept.write(large(18_000_000));
  expect(await kept.until("</ErrorResponse>")).toMatch(/^HTTP\/1\.1 413 .*connection: keep-alive/is);
  kept.write(`${"x".repeat(18_000_000)}${FORM}Content-Length: ${WHO.length}\r\n\r\n${WHO}`);
  expect(await kept.until("</GetCallerIdentityResponse>")).toContain("200 OK");
  const closed = raw();
  closed.write(large(18_000_001));
  expect(await closed.until(undefined)).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
});
