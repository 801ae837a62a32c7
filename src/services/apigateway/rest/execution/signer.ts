import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { IssuedCredentials } from "../../../define.ts";

/** Signs requests for a service as an outside client does. */
export function createSigner(service: string, region: string, credentials: IssuedCredentials): SignatureV4 {
  return new SignatureV4({ service, region, sha256: Sha256, credentials, uriEscapePath: service !== "s3" });
}

/** What the signer hashes with. */
class Sha256 {
  readonly #parts: Uint8Array[] = [];
  readonly #secret: Uint8Array | string | undefined;

  constructor(secret?: Uint8Array | string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === "string" ? secret : bytesOf(secret);
  }

  update(data: Uint8Array | string | ArrayBuffer | ArrayBufferView): void {
    this.#parts.push(typeof data === "string" ? Buffer.from(data) : bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    const hash = this.#secret === undefined ? createHash("sha256") : createHmac("sha256", this.#secret);
    for (const part of this.#parts) hash.update(part);
    return hash.digest();
  }
}

function bytesOf(data: Uint8Array | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (data instanceof Uint8Array) return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
