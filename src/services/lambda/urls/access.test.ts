import { createHash, createHmac } from "node:crypto";
import { AddPermissionCommand, UpdateFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lambda, startLambda } from "../lambda.fixture.ts";
import { ECHO_EVENT, HELP, urlOf } from "./urls.fixture.ts";

/** As the SDK wants hashes: by themselves, or keyed. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}

async function signed(url: string, change: { service?: string; accessKeyId?: string; body?: string } = {}) {
  const { hostname, port, pathname } = new URL(url);
  const signer = new SignatureV4({
    service: change.service ?? "lambda",
    region: "us-east-1",
    credentials: { accessKeyId: change.accessKeyId ?? "test", secretAccessKey: "test" },
    sha256: Sha256,
  });
  const request = await signer.sign({
    method: "POST",
    protocol: "http:",
    hostname,
    port: Number(port),
    path: pathname,
    headers: { host: `${hostname}:${port}`, "content-type": "text/plain" },
    body: "signed",
  });
  const { host: _host, ...headers } = request.headers;
  return fetch(url, { method: "POST", headers, body: change.body ?? "signed" });
}

describe("function URLs that ask for a signature", () => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda({ auth: "verify" });
  });
  afterAll(() => world.nuage.stop());

  it("let in who has signed, and tell the function who it is", async () => {
    await world.create("mine", ECHO_EVENT);
    const url = await urlOf(world, "mine", { AuthType: "AWS_IAM" });
    const answer = await signed(`${url}/`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      body: "signed",
      requestContext: {
        accountId: "000000000000",
        authorizer: { iam: { accessKey: "test", accountId: "000000000000", cognitoIdentity: null } },
      },
    });
  });

  it("refuse signatures that do not fit", async () => {
    await world.create("strict", ECHO_EVENT);
    const url = await urlOf(world, "strict", { AuthType: "AWS_IAM" });
    const other = await signed(`${url}/`, { body: "changed" });
    expect(other.status).toBe(403);
    expect(((await other.json()) as { message: string }).message).toMatch(/signature/i);
    expect((await signed(`${url}/`, { service: "execute-api" })).status).toBe(403);
  });
});

describe("function URLs where signatures are believed", () => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda();
  });
  afterAll(() => world.nuage.stop());

  it("nobody comes in whom no statement lets in", async () => {
    await world.create("shut");
    const url = await urlOf(world, "shut");
    const shut = await fetch(url);
    expect([shut.status, await shut.json()]).toEqual([403, { Message: HELP }]);
    expect(shut.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
    await world.lambda.send(
      new AddPermissionCommand({
        FunctionName: "shut",
        StatementId: "url",
        Action: "lambda:InvokeFunctionUrl",
        Principal: "*",
        FunctionUrlAuthType: "NONE",
      }),
    );
    // Since October 2025 one is not enough.
    expect((await fetch(url)).status).toBe(403);
    await world.lambda.send(
      new AddPermissionCommand({
        FunctionName: "shut",
        StatementId: "invoke",
        Action: "lambda:InvokeFunction",
        Principal: "*",
      }),
    );
    expect((await fetch(url)).status).toBe(200);
    await world.lambda.send(
      new UpdateFunctionUrlConfigCommand({ FunctionName: "shut", AuthType: "AWS_IAM" }),
    );
    const unsigned = await fetch(url);
    expect([unsigned.status, await unsigned.json()]).toEqual([403, { Message: "Forbidden" }]);
  });

  it("let in another account only where a statement does", async () => {
    await world.create("theirs", ECHO_EVENT);
    const url = await urlOf(world, "theirs", { AuthType: "AWS_IAM" });
    const accessKeyId = "111122223333";
    const shut = await signed(`${url}/`, { accessKeyId });
    expect([shut.status, await shut.json()]).toEqual([403, { Message: HELP }]);
    for (const Action of ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]) {
      await world.lambda.send(
        new AddPermissionCommand({
          FunctionName: "theirs",
          StatementId: Action.slice(7),
          Action,
          Principal: accessKeyId,
          ...(Action.endsWith("Url") ? { FunctionUrlAuthType: "AWS_IAM" } : { InvokedViaFunctionUrl: true }),
        }),
      );
    }
    expect((await signed(`${url}/`, { accessKeyId })).status).toBe(200);
  });
});
