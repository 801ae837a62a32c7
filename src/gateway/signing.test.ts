// Signatures made by the real SDKs, over real connections, where they are verified.
import { createHmac } from "node:crypto";
import { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { GetObjectCommand, PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createVirtualClock } from "../kernel/clock.ts";
import type { StreamedBody } from "../kernel/streamed-body.ts";
import { openTestGateway, SECRET, s3, sts, type TestGateway } from "./gateway.fixture.ts";

const clock = createVirtualClock(async () => undefined);
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET };
const objects = new Map<string, string>();
let trailers: Readonly<Record<string, string>> = {};
let gateway: TestGateway;

const services = [
  sts({ GetCallerIdentity: async (_input, call) => ({ Account: call.identity.account }) }),
  s3({
    async PutObject(input) {
      const body = input.Body as StreamedBody | Uint8Array;
      let text = "";
      if (body instanceof Uint8Array) text = Buffer.from(body).toString();
      else {
        for await (const part of body) text += Buffer.from(part).toString();
        trailers = body.trailers;
      }
      expect(input.ContentLength).toBe(text.length);
      expect(input.ContentEncoding).toBeUndefined();
      objects.set(`${input.Bucket}/${input.Key}`, text);
      return { ETag: '"e"' };
    },
    GetObject: async (input) => ({ Body: Buffer.from(objects.get(`${input.Bucket}/${input.Key}`) ?? "") }),
  }),
];

beforeEach(async () => {
  gateway = await openTestGateway(services, { auth: "verify", clock });
});
afterEach(() => gateway.close());

const client = (config: S3ClientConfig = {}) =>
  new S3Client({
    endpoint: gateway.endpoint,
    region: "us-east-1",
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...config,
  });
const put = (Body: string | Readable, length?: number) =>
  new PutObjectCommand({ Bucket: "photos", Key: "a key/(1)+ü.txt", Body, ContentLength: length });

describe("a verified signature", () => {
  it("lets the right secret in, with the body's digest and a key of many characters", async () => {
    await client().send(put("hello"));
    expect(objects.get("photos/a key/(1)+ü.txt")).toBe("hello");
  });

  it("lets STS's form in", async () => {
    const one = new STSClient({ endpoint: gateway.endpoint, region: "eu-west-1", credentials });
    expect(await one.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "000000000000" });
  });

  it("lets the bucket's own host in", async () => {
    // Not every machine resolves names below localhost; clients that use them do.
    const lookup: LookupFunction = (_name, _options, found) =>
      found(null, [{ address: "127.0.0.1", family: 4 }]);
    const requestHandler = new NodeHttpHandler({ httpAgent: new Agent({ lookup }) });
    await client({ forcePathStyle: false, requestHandler }).send(put("virtual"));
    expect(objects.get("photos/a key/(1)+ü.txt")).toBe("virtual");
  });

  it.each([70_000, 300_000])("lets a stream of %i bytes in, with its checksum after it", async (size) => {
    const text = "x".repeat(size);
    await client().send(put(Readable.from([Buffer.from(text)], { objectMode: false }), size));
    expect(objects.get("photos/a key/(1)+ü.txt")).toBe(text);
    expect(Object.keys(trailers)).toEqual(["x-amz-checksum-crc32"]);
  });

  it("refuses another secret, and shows what it would have signed", async () => {
    const other = client({ credentials: { ...credentials, secretAccessKey: "another" } });
    await expect(other.send(put("hello"))).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
      AWSAccessKeyId: "AKIDEXAMPLE",
      StringToSign: expect.stringMatching(/^AWS4-HMAC-SHA256\n/),
      CanonicalRequest: expect.stringMatching(/^PUT\n\/photos\/a%20key\/%281%29%2B%C3%BC.txt\n/),
    });
  });

  it("refuses a key and a token that it does not know", async () => {
    const key = client({ credentials: { ...credentials, accessKeyId: "AKIDOTHER" } });
    await expect(key.send(put("hello"))).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
    const token = new STSClient({
      endpoint: gateway.endpoint,
      region: "us-east-1",
      credentials: { ...credentials, sessionToken: "other" },
    });
    await expect(token.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "InvalidClientTokenId",
    });
  });

  it("refuses a body that is not the signed one", async () => {
    const url = await getSignedUrl(client(), new GetObjectCommand({ Bucket: "photos", Key: "k" }));
    const [address = ""] = url.split("?");
    const signed: { headers?: Record<string, string> } = {};
    const one = client();
    one.middlewareStack.add(
      (next) => (args) => {
        signed.headers = { ...(args.request as { headers: Record<string, string> }).headers };
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    await one.send(new PutObjectCommand({ Bucket: "photos", Key: "k", Body: "hello" }));
    const { host: _host, "content-length": _length, expect: _expect, ...headers } = signed.headers ?? {};
    const answer = await fetch(`${address}?x-id=PutObject`, { method: "PUT", headers, body: "hellp" });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("<Code>XAmzContentSHA256Mismatch</Code>");
  });

  it("refuses a request without one", async () => {
    const answer = await fetch(`${gateway.endpoint}/photos/k`);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("<Code>AccessDenied</Code>");
  });

  it("refuses a request of another time", async () => {
    const late = client({ systemClockOffset: -16 * 60_000 });
    await expect(late.send(put("hello"))).rejects.toMatchObject({ name: "RequestTimeTooSkewed" });
    const early = new STSClient({
      endpoint: gateway.endpoint,
      region: "us-east-1",
      credentials,
      systemClockOffset: 6 * 60_000,
      maxAttempts: 1,
    });
    await expect(early.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
      message: expect.stringContaining("Signature not yet current"),
    });
  });
});

describe("a presigned URL", () => {
  const sign = (expiresIn: number) =>
    getSignedUrl(client(), new GetObjectCommand({ Bucket: "photos", Key: "k" }), { expiresIn });

  it("is good until it expires, by the platform's clock", async () => {
    objects.set("photos/k", "signed");
    const url = await sign(3600);
    expect(await (await fetch(url)).text()).toBe("signed");
    await clock.advance(3_601_000);
    const answer = await fetch(url);
    expect(answer.status).toBe(403);
    const text = await answer.text();
    expect(text).toContain("<Code>AccessDenied</Code><Message>Request has expired</Message>");
    expect(text).toContain("<X-Amz-Expires>3600</X-Amz-Expires>");
  });

  it.each([
    ["a flipped byte", (url: string) => url.replace("/photos/k", "/photos/j"), "SignatureDoesNotMatch"],
    ["another time", (url: string) => url.replace("Expires=600", "Expires=601"), "SignatureDoesNotMatch"],
    [
      "more than a week",
      (url: string) => url.replace("Expires=600", "Expires=604801"),
      "AuthorizationQueryParametersError",
    ],
    [
      "a part missing",
      (url: string) => url.replace(/&X-Amz-Date=[^&]+/, ""),
      "AuthorizationQueryParametersError",
    ],
    [
      "no number",
      (url: string) => url.replace("Expires=600", "Expires=soon"),
      "AuthorizationQueryParametersError",
    ],
  ])("is refused with %s", async (_what, change, code) => {
    // The clock may have been turned: sign at its time.
    const now = new Date(clock.now());
    const command = new GetObjectCommand({ Bucket: "photos", Key: "k" });
    const url = await getSignedUrl(client(), command, { expiresIn: 600, signingDate: now });
    expect((await fetch(url)).status).toBe(200);
    expect(await (await fetch(change(url))).text()).toContain(`<Code>${code}</Code>`);
  });
});

describe("a signature of version 2", () => {
  // As boto3 signs `get_object` where it is not told otherwise: HMAC-SHA1, in base64.
  const sign = (text: string) => createHmac("sha1", SECRET).update(text).digest("base64");
  const urlOf = (path: string, expiresSeconds: number, rest = "") => {
    const signature = encodeURIComponent(sign(`GET\n\n\n${expiresSeconds}\n${path}${rest && `?${rest}`}`));
    const query = `AWSAccessKeyId=AKIDEXAMPLE&Signature=${signature}&Expires=${expiresSeconds}`;
    return `${gateway.endpoint}${path}?${rest && `${rest}&`}${query}`;
  };
  const inAMinute = () => Math.floor(clock.now() / 1000) + 60;

  it("presigns a URL, until it expires", async () => {
    objects.set("photos/a key", "signed");
    const url = urlOf("/photos/a%20key", inAMinute(), "response-content-type=text/x");
    expect(await (await fetch(url)).text()).toBe("signed");
    const forged = await fetch(url.replace("text/x", "text/y"));
    expect(forged.status).toBe(403);
    expect(await forged.text()).toContain("<Code>SignatureDoesNotMatch</Code>");
    await clock.advance(61_000);
    const late = await fetch(url);
    expect(late.status).toBe(403);
    expect(await late.text()).toContain("<Message>Request has expired</Message>");
  });

  it("signs a request's headers", async () => {
    const date = new Date(clock.now()).toUTCString();
    const text = `PUT\n\ntext/plain\n\nx-amz-date:${date}\nx-amz-meta-a:b\n/photos/v2`;
    const send = (extra: Record<string, string>) =>
      fetch(`${gateway.endpoint}/photos/v2`, {
        method: "PUT",
        body: "two",
        headers: {
          authorization: `AWS AKIDEXAMPLE:${sign(text)}`,
          "content-type": "text/plain",
          "x-amz-date": date,
          "x-amz-meta-a": "b",
          ...extra,
        },
      });
    expect((await send({})).status).toBe(200);
    expect(objects.get("photos/v2")).toBe("two");
    expect((await send({ "x-amz-meta-a": "c" })).status).toBe(403);
    expect((await send({ "x-amz-date": new Date(0).toUTCString() })).status).toBe(403);
  });
});

describe("any signature", () => {
  it.each([
    ["AWS4-HMAC-SHA256 Credential=a/b/c", "AuthorizationHeaderMalformed"],
    [
      "AWS4-HMAC-SHA256 Credential=a/20260101/r/s3/aws4, SignedHeaders=host, Signature=1",
      "AuthorizationHeaderMalformed",
    ],
    ["AWS AKID", "InvalidRequest"],
    ["Basic abc", "InvalidRequest"],
  ])("must be a readable one: %s", async (authorization, code) => {
    const open = await openTestGateway(services);
    const answer = await fetch(`${open.endpoint}/photos/k`, { headers: { authorization } });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(`<Code>${code}</Code>`);
    await open.close();
  });

  it("will do otherwise, but not after its time", async () => {
    const turned = createVirtualClock(async () => undefined);
    const open = await openTestGateway(services, { clock: turned });
    const command = new GetObjectCommand({ Bucket: "photos", Key: "k" });
    const stranger = client({
      endpoint: open.endpoint,
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
    });
    const url = await getSignedUrl(stranger, command, { expiresIn: 60 });
    expect((await fetch(url)).status).toBe(200);
    await turned.advance(61_000);
    expect((await fetch(url)).status).toBe(403);
    await open.close();
  });
});
