import { constants, createPrivateKey, createPublicKey, publicEncrypt } from "node:crypto";
import * as sdk from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let kms: sdk.KMSClient;

beforeAll(async () => {
  nuage = await startNuage();
  kms = nuage.client(sdk.KMSClient);
});
afterAll(() => nuage.stop());

const bytes = (text: string) => Buffer.from(text);
const textOf = (given: Uint8Array | undefined) => Buffer.from(given ?? []).toString();

async function makeKey(input: sdk.CreateKeyCommandInput = {}) {
  const { KeyMetadata } = await kms.send(new sdk.CreateKeyCommand(input));
  return { id: KeyMetadata?.KeyId ?? "", arn: KeyMetadata?.Arn ?? "" };
}

const encrypt = (KeyId: string, text: string, EncryptionContext?: Record<string, string>) =>
  kms.send(new sdk.EncryptCommand({ KeyId, Plaintext: bytes(text), EncryptionContext }));
const decrypt = (input: sdk.DecryptCommandInput) => kms.send(new sdk.DecryptCommand(input));

test("what is encrypted is decrypted with no key named, and is never twice the same", async () => {
  const key = await makeKey();
  const first = await encrypt(key.id, "secret");
  const second = await encrypt(key.arn, "secret");
  expect(first).toMatchObject({ KeyId: key.arn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
  expect(first.CiphertextBlob).not.toEqual(second.CiphertextBlob);
  expect(Buffer.from(first.CiphertextBlob ?? []).includes("secret")).toBe(false);
  const opened = await decrypt({ CiphertextBlob: second.CiphertextBlob });
  expect(textOf(opened.Plaintext)).toBe("secret");
  expect(opened).toMatchObject({ KeyId: key.arn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
  expect(opened.KeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
});

test("an encryption context must be the same, in any order", async () => {
  const key = await makeKey();
  const { CiphertextBlob } = await encrypt(key.id, "secret", { tenant: "a", purpose: "b" });
  const opened = await decrypt({ CiphertextBlob, EncryptionContext: { purpose: "b", tenant: "a" } });
  expect(textOf(opened.Plaintext)).toBe("secret");
  for (const EncryptionContext of [undefined, { tenant: "a" }, { tenant: "b", purpose: "a" }]) {
    await expect(decrypt({ CiphertextBlob, EncryptionContext })).rejects.toThrow(
      sdk.InvalidCiphertextException,
    );
  }
});

test("what is no ciphertext, or is changed, or is another key's is refused", async () => {
  const [key, other] = [await makeKey(), await makeKey()];
  const { CiphertextBlob = new Uint8Array() } = await encrypt(key.id, "secret");
  await expect(decrypt({ CiphertextBlob: bytes("hello") })).rejects.toThrow(sdk.InvalidCiphertextException);
  const changed = Uint8Array.from(CiphertextBlob);
  changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
  await expect(decrypt({ CiphertextBlob: changed })).rejects.toThrow(sdk.InvalidCiphertextException);
  await expect(decrypt({ CiphertextBlob, KeyId: other.id })).rejects.toMatchObject({
    name: "IncorrectKeyException",
    message: "The key ID in the request does not identify a CMK that can perform this operation.",
  });
  await expect(decrypt({})).rejects.toThrow("Value null at 'ciphertextBlob'");
  await expect(encrypt(key.id, "x".repeat(4097))).rejects.toMatchObject({ name: "ValidationException" });
});

test("data keys open what was encrypted with them", async () => {
  const key = await makeKey();
  const made = await kms.send(new sdk.GenerateDataKeyCommand({ KeyId: key.id, KeySpec: "AES_256" }));
  expect(made.Plaintext?.length).toBe(32);
  const opened = await decrypt({ CiphertextBlob: made.CiphertextBlob, KeyId: key.id });
  expect(opened.Plaintext).toEqual(made.Plaintext);
  const hidden = await kms.send(
    new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId: key.id, NumberOfBytes: 24 }),
  );
  expect(hidden).not.toHaveProperty("Plaintext");
  expect((await decrypt({ CiphertextBlob: hidden.CiphertextBlob })).Plaintext?.length).toBe(24);
  for (const both of [{}, { KeySpec: "AES_128", NumberOfBytes: 16 } as const]) {
    await expect(kms.send(new sdk.GenerateDataKeyCommand({ KeyId: key.id, ...both }))).rejects.toThrow(
      "Please specify either number of bytes or key spec.",
    );
  }
});

test.each(["RSA_2048", "ECC_NIST_P384", "ECC_SECG_P256K1"] as const)(
  "a data key pair of %s is a pair",
  async (KeyPairSpec) => {
    const key = await makeKey();
    const pair = await kms.send(new sdk.GenerateDataKeyPairCommand({ KeyId: key.id, KeyPairSpec }));
    const secret = createPrivateKey({
      key: Buffer.from(pair.PrivateKeyPlaintext ?? []),
      format: "der",
      type: "pkcs8",
    });
    const known = createPublicKey(secret).export({ type: "spki", format: "der" });
    expect(known.equals(pair.PublicKey ?? new Uint8Array())).toBe(true);
    const opened = await decrypt({ CiphertextBlob: pair.PrivateKeyCiphertextBlob });
    expect(opened.Plaintext).toEqual(pair.PrivateKeyPlaintext);
  },
);

test("a ciphertext goes from one key to another and is never seen", async () => {
  const [from, to] = [await makeKey(), await makeKey()];
  const { CiphertextBlob } = await encrypt(from.id, "secret", { a: "1" });
  const moved = await kms.send(
    new sdk.ReEncryptCommand({
      CiphertextBlob,
      SourceEncryptionContext: { a: "1" },
      DestinationKeyId: to.id,
      DestinationEncryptionContext: { b: "2" },
    }),
  );
  expect(moved).toMatchObject({ SourceKeyId: from.arn, KeyId: to.arn });
  const opened = await decrypt({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { b: "2" } });
  expect([opened.KeyId, textOf(opened.Plaintext)]).toEqual([to.arn, "secret"]);
});

test.each(["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const)(
  "what anybody encrypts with the public key is decrypted with %s",
  async (EncryptionAlgorithm) => {
    const key = await makeKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
    const { PublicKey } = await kms.send(new sdk.GetPublicKeyCommand({ KeyId: key.id }));
    const known = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
    const oaepHash = EncryptionAlgorithm === "RSAES_OAEP_SHA_1" ? "sha1" : "sha256";
    const CiphertextBlob = publicEncrypt(
      { key: known, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING },
      bytes("from outside"),
    );
    const opened = await decrypt({ CiphertextBlob, KeyId: key.id, EncryptionAlgorithm });
    expect(textOf(opened.Plaintext)).toBe("from outside");
    const own = await kms.send(
      new sdk.EncryptCommand({ KeyId: key.id, Plaintext: bytes("own"), EncryptionAlgorithm }),
    );
    expect(own.CiphertextBlob?.length).toBe(256);
    const again = await decrypt({ CiphertextBlob: own.CiphertextBlob, KeyId: key.id, EncryptionAlgorithm });
    expect(textOf(again.Plaintext)).toBe("own");
    const most = oaepHash === "sha1" ? 214 : 190;
    const Plaintext = Buffer.alloc(most + 1);
    await expect(
      kms.send(new sdk.EncryptCommand({ KeyId: key.id, Plaintext, EncryptionAlgorithm })),
    ).rejects.toThrow(
      `Algorithm ${EncryptionAlgorithm} and key spec RSA_2048 cannot encrypt data larger than ${most} bytes.`,
    );
  },
);

test("a key of another usage, or an algorithm that it has not, is refused", async () => {
  const signer = await makeKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  await expect(encrypt(signer.id, "x")).rejects.toMatchObject({
    name: "InvalidKeyUsageException",
    message: `${signer.arn} key usage is SIGN_VERIFY which is not valid for Encrypt.`,
  });
  const rsa = await makeKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
  await expect(encrypt(rsa.id, "x")).rejects.toThrow("is incompatible with key spec RSA_2048");
  await expect(
    kms.send(new sdk.GenerateDataKeyCommand({ KeyId: rsa.id, KeySpec: "AES_128" })),
  ).rejects.toThrow(sdk.InvalidKeyUsageException);
});

test("a dry run says whether it would be done, and does nothing", async () => {
  const key = await makeKey();
  const call = (KeyId: string) =>
    kms.send(new sdk.EncryptCommand({ KeyId, Plaintext: bytes("x"), DryRun: true }));
  await expect(call(key.id)).rejects.toMatchObject({
    name: "DryRunOperationException",
    message: "The request would have succeeded, but the DryRun option is set.",
  });
  await kms.send(new sdk.DisableKeyCommand({ KeyId: key.id }));
  await expect(call(key.id)).rejects.toThrow(`${key.arn} is disabled.`);
});

test("random bytes are as many as are asked for", async () => {
  const one = await kms.send(new sdk.GenerateRandomCommand({ NumberOfBytes: 32 }));
  const other = await kms.send(new sdk.GenerateRandomCommand({ NumberOfBytes: 32 }));
  expect(one.Plaintext?.length).toBe(32);
  expect(one.Plaintext).not.toEqual(other.Plaintext);
  await expect(kms.send(new sdk.GenerateRandomCommand({ NumberOfBytes: 1025 }))).rejects.toThrow(
    "less than or equal to 1024",
  );
});
