import {
  constants,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  sign,
  verify,
} from "node:crypto";
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

const MESSAGE = Buffer.from("pay 100 to Ada");

async function makeKey(KeySpec: sdk.KeySpec, KeyUsage: sdk.KeyUsageType) {
  const { KeyMetadata } = await kms.send(new sdk.CreateKeyCommand({ KeySpec, KeyUsage }));
  return KeyMetadata?.KeyId ?? "";
}

async function publicKeyOf(KeyId: string) {
  const { PublicKey } = await kms.send(new sdk.GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
}

const CASES: [sdk.KeySpec, sdk.SigningAlgorithmSpec][] = [
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"],
  ["RSA_2048", "RSASSA_PSS_SHA_256"],
  ["RSA_2048", "RSASSA_PSS_SHA_384"],
  ["RSA_3072", "RSASSA_PSS_SHA_512"],
  ["ECC_NIST_P256", "ECDSA_SHA_256"],
  ["ECC_NIST_P384", "ECDSA_SHA_384"],
  ["ECC_NIST_P521", "ECDSA_SHA_512"],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256"],
];

test.each(CASES)("a signature of %s with %s is one to everybody else", async (spec, SigningAlgorithm) => {
  const KeyId = await makeKey(spec, "SIGN_VERIFY");
  const known = await publicKeyOf(KeyId);
  const hash = `sha${SigningAlgorithm.slice(-3)}`;
  const padding = SigningAlgorithm.includes("PSS") ? constants.RSA_PKCS1_PSS_PADDING : undefined;
  const publicKey = padding === undefined ? { key: known } : { key: known, padding };
  const digest = createHash(hash).update(MESSAGE).digest();
  for (const asked of [
    { Message: MESSAGE, MessageType: "RAW" as const },
    { Message: digest, MessageType: "DIGEST" as const },
  ]) {
    const { Signature = new Uint8Array() } = await kms.send(
      new sdk.SignCommand({ KeyId, SigningAlgorithm, ...asked }),
    );
    expect(verify(hash, MESSAGE, publicKey, Signature)).toBe(true);
    const answer = await kms.send(
      new sdk.VerifyCommand({ KeyId, SigningAlgorithm, Signature, Message: digest, MessageType: "DIGEST" }),
    );
    expect(answer.SignatureValid).toBe(true);
    const Message = Buffer.from("pay 900 to Ada");
    await expect(
      kms.send(new sdk.VerifyCommand({ KeyId, SigningAlgorithm, Signature, Message })),
    ).rejects.toMatchObject({ name: "KMSInvalidSignatureException" });
  }
  await expect(
    kms.send(
      new sdk.SignCommand({ KeyId, SigningAlgorithm, Message: Buffer.alloc(9), MessageType: "DIGEST" }),
    ),
  ).rejects.toThrow(`Digest is invalid length for algorithm ${SigningAlgorithm}.`);
});

test("an Edwards key signs messages, as everybody else sees too", async () => {
  const KeyId = await makeKey("ECC_NIST_EDWARDS25519", "SIGN_VERIFY");
  const SigningAlgorithm = "ED25519_SHA_512";
  const { Signature = new Uint8Array() } = await kms.send(
    new sdk.SignCommand({ KeyId, SigningAlgorithm, Message: MESSAGE }),
  );
  expect(verify(null, MESSAGE, await publicKeyOf(KeyId), Signature)).toBe(true);
  const answer = await kms.send(
    new sdk.VerifyCommand({ KeyId, SigningAlgorithm, Message: MESSAGE, Signature }),
  );
  expect(answer.SignatureValid).toBe(true);
});

test("what is no signature at all is refused, and no bug", async () => {
  const KeyId = await makeKey("ECC_NIST_P256", "SIGN_VERIFY");
  const alien = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const wrong = [Buffer.of(0), Buffer.alloc(70, 0xff), sign("sha256", MESSAGE, alien.privateKey)];
  for (const Signature of wrong) {
    const asked = { KeyId, SigningAlgorithm: "ECDSA_SHA_256", Message: MESSAGE, Signature } as const;
    await expect(kms.send(new sdk.VerifyCommand(asked))).rejects.toMatchObject({
      name: "KMSInvalidSignatureException",
    });
  }
  const asked = { KeyId, SigningAlgorithm: "ECDSA_SHA_512", Message: MESSAGE } as const;
  await expect(kms.send(new sdk.SignCommand(asked))).rejects.toThrow(sdk.InvalidKeyUsageException);
});

test("two sides with each other's public keys come to the same secret", async () => {
  const KeyId = await makeKey("ECC_NIST_P256", "KEY_AGREEMENT");
  const mine = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const PublicKey = mine.publicKey.export({ type: "spki", format: "der" });
  const derived = await kms.send(
    new sdk.DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey }),
  );
  const secret = diffieHellman({ privateKey: mine.privateKey, publicKey: await publicKeyOf(KeyId) });
  expect(secret.equals(derived.SharedSecret ?? new Uint8Array())).toBe(true);
  const other = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
  await expect(
    kms.send(
      new sdk.DeriveSharedSecretCommand({
        KeyId,
        KeyAgreementAlgorithm: "ECDH",
        PublicKey: other.publicKey.export({ type: "spki", format: "der" }),
      }),
    ),
  ).rejects.toThrow("is not a valid key of key spec ECC_NIST_P256");
});

test.each([224, 256, 384, 512])("a code of HMAC_%i holds for its message alone", async (bits) => {
  const KeyId = await makeKey(`HMAC_${bits}` as sdk.KeySpec, "GENERATE_VERIFY_MAC");
  const MacAlgorithm = `HMAC_SHA_${bits}` as sdk.MacAlgorithmSpec;
  const { Mac } = await kms.send(new sdk.GenerateMacCommand({ KeyId, MacAlgorithm, Message: MESSAGE }));
  expect(Mac?.length).toBe(bits / 8);
  const same = await kms.send(new sdk.VerifyMacCommand({ KeyId, MacAlgorithm, Message: MESSAGE, Mac }));
  expect(same.MacValid).toBe(true);
  await expect(
    kms.send(new sdk.VerifyMacCommand({ KeyId, MacAlgorithm, Message: Buffer.from("other"), Mac })),
  ).rejects.toMatchObject({ name: "KMSInvalidMacException" });
});

test("a symmetric key has no public half", async () => {
  const { KeyMetadata } = await kms.send(new sdk.CreateKeyCommand({}));
  await expect(publicKeyOf(KeyMetadata?.KeyId ?? "")).rejects.toThrow(sdk.UnsupportedOperationException);
});
