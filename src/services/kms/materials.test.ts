import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import * as sdk from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClientConfig, type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let kms: sdk.KMSClient;

beforeAll(async () => {
  nuage = await startNuage();
  kms = nuage.client(sdk.KMSClient);
});
afterAll(() => nuage.stop());

async function makeKey(input: sdk.CreateKeyCommandInput = {}) {
  const { KeyMetadata } = await kms.send(new sdk.CreateKeyCommand(input));
  return KeyMetadata?.KeyId ?? "";
}
const stateOf = async (KeyId: string, client = kms) =>
  (await client.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata;
const encrypt = async (KeyId: string, text: string, client = kms) =>
  (await client.send(new sdk.EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }))).CiphertextBlob;
async function decrypt(CiphertextBlob: Uint8Array | undefined, client = kms) {
  const { Plaintext } = await client.send(new sdk.DecryptCommand({ CiphertextBlob }));
  return Buffer.from(Plaintext ?? []).toString();
}
const rotations = async (KeyId: string) =>
  (await kms.send(new sdk.ListKeyRotationsCommand({ KeyId }))).Rotations ?? [];

test("a key is rotated by the clock and on demand, and still opens what it closed", async () => {
  const KeyId = await makeKey();
  const before = await encrypt(KeyId, "old");
  const first = await stateOf(KeyId);
  await kms.send(new sdk.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const status = await kms.send(new sdk.GetKeyRotationStatusCommand({ KeyId }));
  expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90, KeyId });
  await nuage.advance("91 days");
  expect(await rotations(KeyId)).toMatchObject([
    { RotationType: "AUTOMATIC", RotationDate: status.NextRotationDate },
  ]);
  expect((await stateOf(KeyId))?.CurrentKeyMaterialId).not.toBe(first?.CurrentKeyMaterialId);
  await kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
  expect((await rotations(KeyId)).map((one) => one.RotationType)).toEqual(["AUTOMATIC", "ON_DEMAND"]);
  expect(await decrypt(before)).toBe("old");
  expect(await decrypt(await encrypt(KeyId, "new"))).toBe("new");
  await kms.send(new sdk.DisableKeyRotationCommand({ KeyId }));
  await nuage.advance("200 days");
  expect(await rotations(KeyId)).toHaveLength(2);
});

test("keys that cannot be rotated say so", async () => {
  const KeyId = await makeKey({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" });
  await expect(kms.send(new sdk.EnableKeyRotationCommand({ KeyId }))).rejects.toThrow(
    sdk.UnsupportedOperationException,
  );
  const other = await makeKey();
  await expect(
    kms.send(new sdk.EnableKeyRotationCommand({ KeyId: other, RotationPeriodInDays: 89 })),
  ).rejects.toThrow("greater than or equal to 90");
});

test("a multi-Region key opens in one Region what it closed in another", async () => {
  class West extends sdk.KMSClient {
    constructor(config: ClientConfig) {
      super({ ...config, region: "eu-west-1" });
    }
  }
  const west = nuage.client(West);
  const KeyId = await makeKey({ MultiRegion: true });
  expect(KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
  const { ReplicaKeyMetadata } = await kms.send(
    new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion: "eu-west-1", Description: "copy" }),
  );
  expect(ReplicaKeyMetadata).toMatchObject({
    KeyId,
    Description: "copy",
    MultiRegionConfiguration: { MultiRegionKeyType: "REPLICA", PrimaryKey: { Region: "us-east-1" } },
  });
  expect(await decrypt(await encrypt(KeyId, "far"), west)).toBe("far");
  await kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
  expect(await decrypt(await encrypt(KeyId, "further"), west)).toBe("further");
  await expect(west.send(new sdk.RotateKeyOnDemandCommand({ KeyId }))).rejects.toThrow(
    sdk.UnsupportedOperationException,
  );
  await kms.send(new sdk.UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: "eu-west-1" }));
  expect((await stateOf(KeyId))?.MultiRegionConfiguration).toMatchObject({
    MultiRegionKeyType: "REPLICA",
    PrimaryKey: { Region: "eu-west-1" },
    ReplicaKeys: [{ Region: "us-east-1" }],
  });
  // The primary key waits for its replica to be gone.
  const { KeyState } = await west.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  expect(KeyState).toBe("PendingReplicaDeletion");
  await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await nuage.advance("8 days");
  expect((await stateOf(KeyId, west))?.KeyState).toBe("PendingDeletion");
  await nuage.advance("8 days");
  await expect(stateOf(KeyId, west)).rejects.toThrow("does not exist");
});

/** Wraps material as AWS's guide has it done. */
async function bring(
  KeyId: string,
  material: Buffer,
  WrappingAlgorithm: sdk.AlgorithmSpec,
  more: Partial<sdk.ImportKeyMaterialCommandInput> = { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" },
) {
  const { PublicKey, ImportToken } = await kms.send(
    new sdk.GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec: "RSA_2048" }),
  );
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
  const oaepHash = WrappingAlgorithm.endsWith("SHA_1") ? "sha1" : "sha256";
  const wrap = (bytes: Buffer) =>
    publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes);
  let EncryptedKeyMaterial = Buffer.alloc(0);
  if (WrappingAlgorithm.startsWith("RSA_AES")) {
    const once = randomBytes(32);
    const cipher = createCipheriv("id-aes256-wrap-pad", once, Buffer.from("a65959a6", "hex"));
    EncryptedKeyMaterial = Buffer.concat([wrap(once), cipher.update(material), cipher.final()]);
  } else EncryptedKeyMaterial = wrap(material);
  return kms.send(new sdk.ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...more }));
}

test("a key works with material that is brought in, until it expires or is deleted", async () => {
  const KeyId = await makeKey({ Origin: "EXTERNAL" });
  expect((await stateOf(KeyId))?.KeyState).toBe("PendingImport");
  await expect(encrypt(KeyId, "x")).rejects.toThrow("is pending import.");
  const material = randomBytes(32);
  const ValidTo = new Date(nuage.clock.now() + 2 * 86_400_000);
  await bring(KeyId, material, "RSAES_OAEP_SHA_256", { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo });
  expect(await stateOf(KeyId)).toMatchObject({
    KeyState: "Enabled",
    ExpirationModel: "KEY_MATERIAL_EXPIRES",
  });
  const closed = await encrypt(KeyId, "mine");
  expect(await decrypt(closed)).toBe("mine");
  await nuage.advance("49 hours");
  await expect(decrypt(closed)).rejects.toThrow("is pending import.");
  await expect(bring(KeyId, randomBytes(32), "RSAES_OAEP_SHA_1")).rejects.toThrow(
    sdk.IncorrectKeyMaterialException,
  );
  await bring(KeyId, material, "RSA_AES_KEY_WRAP_SHA_256");
  expect(await decrypt(closed)).toBe("mine");
  await kms.send(new sdk.DeleteImportedKeyMaterialCommand({ KeyId }));
  expect((await stateOf(KeyId))?.KeyState).toBe("PendingImport");
});

test("new material that is brought in is used after a rotation on demand", async () => {
  const KeyId = await makeKey({ Origin: "EXTERNAL" });
  await bring(KeyId, randomBytes(32), "RSAES_OAEP_SHA_256");
  const closed = await encrypt(KeyId, "old");
  await expect(kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }))).rejects.toThrow("pending rotation");
  const { KeyMaterialId } = await bring(KeyId, randomBytes(32), "RSAES_OAEP_SHA_256", {
    ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    ImportType: "NEW_KEY_MATERIAL",
  });
  expect((await stateOf(KeyId))?.CurrentKeyMaterialId).not.toBe(KeyMaterialId);
  await kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
  expect((await stateOf(KeyId))?.CurrentKeyMaterialId).toBe(KeyMaterialId);
  expect(await decrypt(closed)).toBe("old");
});

test("a private key that is brought in has the public half that it had", async () => {
  const KeyId = await makeKey({ Origin: "EXTERNAL", KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await bring(KeyId, pair.privateKey.export({ type: "pkcs8", format: "der" }), "RSA_AES_KEY_WRAP_SHA_256");
  const { PublicKey } = await kms.send(new sdk.GetPublicKeyCommand({ KeyId }));
  const known = pair.publicKey.export({ type: "spki", format: "der" });
  expect(known.equals(PublicKey ?? new Uint8Array())).toBe(true);
});

test("an import token is for one key, and for a day", async () => {
  const [one, other] = [await makeKey({ Origin: "EXTERNAL" }), await makeKey({ Origin: "EXTERNAL" })];
  const { ImportToken } = await kms.send(
    new sdk.GetParametersForImportCommand({
      KeyId: one,
      WrappingAlgorithm: "RSAES_OAEP_SHA_256",
      WrappingKeySpec: "RSA_2048",
    }),
  );
  const bringTo = (KeyId: string) =>
    kms.send(
      new sdk.ImportKeyMaterialCommand({
        KeyId,
        ImportToken,
        EncryptedKeyMaterial: randomBytes(256),
        ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
      }),
    );
  await expect(bringTo(other)).rejects.toThrow(sdk.InvalidImportTokenException);
  await expect(bringTo(one)).rejects.toThrow(sdk.InvalidCiphertextException);
  await nuage.advance("25 hours");
  await expect(bringTo(one)).rejects.toThrow(sdk.ExpiredImportTokenException);
});
