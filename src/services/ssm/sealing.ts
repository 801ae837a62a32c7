// Secure strings are encrypted by KMS: standard ones themselves, advanced ones under a data key of their own.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Context } from "../define.ts";
import { fault } from "./faults.ts";
import { parameterArn, type VersionRecord } from "./records.ts";

declare module "../define.ts" {
  interface Sdks {
    kms: typeof import("@aws-sdk/client-kms");
  }
}

const CIPHER = "aes-256-gcm";
const LENGTH_BYTES = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The key of the account's own. */
export const DEFAULT_KEY = "alias/aws/ssm";

type Sealed = Pick<VersionRecord, "name" | "tier" | "keyId">;

/** What is sealed for one parameter cannot be opened as another's. */
const boundTo = ({ scope }: Context, { name }: Sealed) => ({ PARAMETER_ARN: parameterArn(scope, name) });

export async function seal(context: Context, parameter: Sealed, text: string): Promise<string> {
  const asked = { KeyId: parameter.keyId ?? DEFAULT_KEY, EncryptionContext: boundTo(context, parameter) };
  const plain = Buffer.from(text);
  if (parameter.tier === "Standard") {
    const { CiphertextBlob = new Uint8Array() } = await answered(
      context.call("kms", "Encrypt", { ...asked, Plaintext: plain }),
    );
    return Buffer.from(CiphertextBlob).toString("base64");
  }
  const { Plaintext = new Uint8Array(), CiphertextBlob: dataKey = new Uint8Array() } = await answered(
    context.call("kms", "GenerateDataKey", { ...asked, KeySpec: "AES_256" }),
  );
  const nonce = Buffer.from(context.ids.hex(2 * NONCE_BYTES), "hex");
  const cipher = createCipheriv(CIPHER, Plaintext, nonce);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(dataKey.length);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([length, dataKey, nonce, body, cipher.getAuthTag()]).toString("base64");
}

export async function unseal(context: Context, parameter: VersionRecord): Promise<string> {
  const bytes = Buffer.from(parameter.value, "base64");
  const isWhole = parameter.tier === "Standard";
  const start = isWhole ? 0 : LENGTH_BYTES;
  const end = isWhole ? bytes.length : start + bytes.readUInt16BE(0);
  const { Plaintext = new Uint8Array() } = await answered(
    context.call("kms", "Decrypt", {
      CiphertextBlob: bytes.subarray(start, end),
      EncryptionContext: boundTo(context, parameter),
    }),
  );
  if (isWhole) return Buffer.from(Plaintext).toString("utf8");
  const nonce = bytes.subarray(end, end + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, Plaintext, nonce);
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const body = decipher.update(bytes.subarray(end + NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([body, decipher.final()]).toString("utf8");
}

/** What KMS has against a key is told as Systems Manager does. */
async function answered<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Error) || !/^[A-Z]\w+Exception$/.test(error.name)) throw error;
    if (error.name === "AccessDeniedException") throw error;
    throw fault("InvalidKeyId", `${error.message} (Service: AWSKMS; Error Code: ${error.name})`);
  }
}
