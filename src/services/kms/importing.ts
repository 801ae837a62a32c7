import { createPrivateKey } from "node:crypto";
import type * as sdk from "@aws-sdk/client-kms";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { denied, fault, invalid } from "./faults.ts";
import { checkAlive, requireOwnKey } from "./finding.ts";
import { specOf } from "./key-specs.ts";
import { importedId, makeKeyPair } from "./materials.ts";
import {
  arnOf,
  type ImportRecord,
  importKey,
  type KeyRecord,
  type MaterialRecord,
  read,
  write,
  writeKey,
} from "./records.ts";
import { DAY_MS } from "./turns.ts";
import { unwrap } from "./wrapping.ts";

/** Key material that users bring themselves. */
export const importing = {
  async GetParametersForImport(input, context) {
    const { WrappingAlgorithm = "RSAES_OAEP_SHA_256", WrappingKeySpec = "RSA_2048" } = input;
    if (WrappingAlgorithm === "SM2PKE" || WrappingAlgorithm === "RSAES_PKCS1_V1_5") {
      throw fault("UnsupportedOperationException", `${WrappingAlgorithm} is not supported.`);
    }
    const { publicKey, privateKey } = await makeKeyPair(WrappingKeySpec);
    const token = context.ids.hex(64);
    const validToMs = context.clock.now() + DAY_MS;
    const key = await context.store.transact(async (tx) => {
      const found = await requireImportable(tx, context, "GetParametersForImport", input.KeyId);
      checkAlive(found, "PendingImport");
      const record: ImportRecord = {
        v: 1,
        token,
        keyId: found.id,
        algorithm: WrappingAlgorithm,
        privateKey,
        validToMs,
      };
      write(tx, importKey(found, found.id, token), record);
      return found;
    });
    return {
      KeyId: arnOf(key),
      ImportToken: Buffer.from(token),
      PublicKey: publicKey,
      ParametersValidTo: new Date(validToMs),
    };
  },

  async ImportKeyMaterial(input, context) {
    const { ImportToken = new Uint8Array(), EncryptedKeyMaterial = new Uint8Array() } = input;
    const validToMs = validToOf(input, context.clock.now());
    return context.store.transact(async (tx) => {
      const key = await requireImportable(tx, context, "ImportKeyMaterial", input.KeyId);
      checkAlive(key, "PendingImport");
      const token = Buffer.from(ImportToken).toString();
      const asked = await read<ImportRecord>(tx, importKey(key, key.id, token));
      if (!asked) throw fault("InvalidImportTokenException", "The import token is not valid for this key.");
      if (asked.validToMs <= context.clock.now()) {
        throw fault("ExpiredImportTokenException", "The import token has expired.");
      }
      const secret = unwrap(asked, EncryptedKeyMaterial);
      checkMaterial(key, secret);
      const id = importedId(key.id, secret);
      if (input.KeyMaterialId !== undefined && input.KeyMaterialId !== id) throw incorrect();
      const imported = { description: input.KeyMaterialDescription, validToMs };
      writeKey(tx, withMaterial(key, { id, secret, imported }, input.ImportType));
      return { KeyId: arnOf(key), ...(key.spec === "SYMMETRIC_DEFAULT" ? { KeyMaterialId: id } : {}) };
    });
  },

  async DeleteImportedKeyMaterial(input, context) {
    return context.store.transact(async (tx) => {
      const key = await requireImportable(tx, context, "DeleteImportedKeyMaterial", input.KeyId);
      checkAlive(key, "PendingImport", "PendingDeletion");
      const id = input.KeyMaterialId ?? key.materials.at(-1)?.id;
      if (id !== undefined && !key.materials.some((one) => one.id === id) && key.next?.id !== id) {
        throw fault("NotFoundException", `Key material ${id} not found.`);
      }
      writeKey(
        tx,
        withoutMaterial(key, (one) => one.id === id),
      );
      return { KeyId: arnOf(key), ...(id === undefined ? {} : { KeyMaterialId: id }) };
    });
  },
} satisfies Handlers<typeof sdk>;

async function requireImportable(
  tx: Transaction,
  context: Context,
  operation: string,
  named: string | undefined,
): Promise<KeyRecord> {
  const key = await requireOwnKey(tx, context, named, (arn) => denied(context.principal.arn, operation, arn));
  if (key.origin === "EXTERNAL") return key;
  throw fault(
    "UnsupportedOperationException",
    `${arnOf(key)} origin is ${key.origin} which is not valid for this operation.`,
  );
}

function validToOf(
  { ExpirationModel = "KEY_MATERIAL_EXPIRES", ValidTo }: sdk.ImportKeyMaterialRequest,
  nowMs: number,
): number | undefined {
  if (ExpirationModel === "KEY_MATERIAL_DOES_NOT_EXPIRE") {
    if (ValidTo === undefined) return undefined;
    throw invalid("ValidTo must not be set when ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE.");
  }
  if (ValidTo === undefined) {
    throw invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  }
  const validToMs = ValidTo.getTime();
  if (validToMs > nowMs && validToMs <= nowMs + 365 * DAY_MS) return validToMs;
  throw invalid("ValidTo must be in the future, and no more than 365 days from now.");
}

/** Material must be what a key of this spec computes with. */
function checkMaterial({ spec }: KeyRecord, secret: Uint8Array): void {
  const { kind, bytes, curve } = specOf(spec);
  if (kind === "symmetric" || kind === "hmac") {
    if (secret.length === bytes) return;
    throw incorrect();
  }
  try {
    const key = createPrivateKey({ key: Buffer.from(secret), format: "der", type: "pkcs8" });
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
    if (kind === "rsa" && modulusLength === (bytes ?? 0) * 8) return;
    if (kind === "ecc" && namedCurve === curve) return;
    if (kind === "edwards" && key.asymmetricKeyType === "ed25519") return;
  } catch {
    // It says so below.
  }
  throw incorrect();
}

const incorrect = () =>
  fault("IncorrectKeyMaterialException", "The key material is not what this KMS key is to have.");

/** What has once been imported can only be imported again; other material waits for a rotation. */
function withMaterial(key: KeyRecord, material: MaterialRecord, type: sdk.ImportType | undefined): KeyRecord {
  const state = key.state === "PendingImport" ? "Enabled" : key.state;
  if (key.materials.length === 0) return { ...key, state, materials: [material] };
  const isKnown = key.materials.some(({ id }) => id === material.id);
  if (type === "NEW_KEY_MATERIAL") {
    if (isKnown || key.spec !== "SYMMETRIC_DEFAULT") throw incorrect();
    return { ...key, next: material };
  }
  if (!isKnown) throw incorrect();
  const materials = key.materials.map((one) =>
    one.id === material.id ? { ...one, secret: material.secret, imported: material.imported } : one,
  );
  const isWhole = materials.every(({ secret }) => secret);
  return { ...key, materials, state: isWhole ? state : key.state };
}

/** A key without some of its material: it waits for that to be imported again. */
export function withoutMaterial(key: KeyRecord, isGone: (one: MaterialRecord) => boolean): KeyRecord {
  const materials = key.materials.map((one) => (isGone(one) ? { ...one, secret: undefined } : one));
  const { next, ...rest } = key;
  const isWhole = materials.every(({ secret }) => secret);
  const isLeaving = key.state === "PendingDeletion";
  return {
    ...rest,
    ...(next && !isGone(next) ? { next } : {}),
    materials,
    state: isWhole || isLeaving ? key.state : "PendingImport",
  };
}
