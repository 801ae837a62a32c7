import type * as sdk from "@aws-sdk/client-kms";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { denied, fault } from "./faults.ts";
import { checkEnabled, requireKey, requireOwnKey } from "./finding.ts";
import { drawBytes } from "./materials.ts";
import { pageOf } from "./paging.ts";
import { arnOf, type KeyRecord, keyKey, type MaterialRecord, read, writeKey } from "./records.ts";
import { changeRelated } from "./regions.ts";
import { nextTurnMs, YEAR_DAYS } from "./turns.ts";

const MOST_ON_DEMAND = 25;

/** New material for a key, which keeps what it had to decrypt with. */
export const rotation = {
  async EnableKeyRotation(input, context) {
    await context.store.transact(async (tx) => {
      const key = await requireRotatable(tx, context, "EnableKeyRotation", input.KeyId);
      refuseExternal(key);
      const periodDays = input.RotationPeriodInDays ?? key.rotation?.periodDays ?? YEAR_DAYS;
      const isSame = key.rotation?.periodDays === periodDays;
      const nextMs = nextTurnMs(context.clock.now(), periodDays);
      writeKey(tx, isSame ? key : { ...key, rotation: { periodDays, nextMs } });
    });
    return {};
  },

  async DisableKeyRotation(input, context) {
    await context.store.transact(async (tx) => {
      const key = await requireRotatable(tx, context, "DisableKeyRotation", input.KeyId);
      refuseExternal(key);
      const { rotation: _, ...rest } = key;
      writeKey(tx, rest);
    });
    return {};
  },

  async GetKeyRotationStatus(input, context) {
    const key = await context.store.transact((tx) => requireKey(tx, context, input.KeyId));
    refuseAsymmetric(key);
    const { account, region } = key;
    const place = keyKey({ account, region: key.multiRegion?.primary ?? region }, key.id);
    // Replicas are rotated when their primary key is.
    const ruling = (await context.store.transact((tx) => read<KeyRecord>(tx, place))) ?? key;
    // While a key is on its way out it is not rotated, and AWS says that it is not.
    const turns = key.state === "PendingDeletion" ? undefined : ruling.rotation;
    return {
      KeyId: key.id,
      KeyRotationEnabled: turns !== undefined,
      ...(turns ? { RotationPeriodInDays: turns.periodDays, NextRotationDate: new Date(turns.nextMs) } : {}),
    };
  },

  async RotateKeyOnDemand(input, context) {
    const fresh = freshMaterial(context);
    const key = await context.store.transact(async (tx) => {
      const found = await requireRotatable(tx, context, "RotateKeyOnDemand", input.KeyId);
      const onDemand = found.materials.filter((one) => one.rotation?.type === "ON_DEMAND");
      if (onDemand.length >= MOST_ON_DEMAND) {
        throw fault(
          "LimitExceededException",
          `The on-demand rotations limit has been reached for the given keyId. No more on-demand ` +
            `rotations can be performed for this key: ${found.id}`,
        );
      }
      if (found.origin === "EXTERNAL" && !found.next) {
        throw fault(
          "KMSInvalidStateException",
          `${arnOf(found)} has no imported key material that is pending rotation.`,
        );
      }
      await rotate(tx, found, found.next ?? fresh, "ON_DEMAND", context.clock.now());
      return found;
    });
    return { KeyId: key.id };
  },

  async ListKeyRotations(input, context) {
    const key = await context.store.transact((tx) => requireKey(tx, context, input.KeyId));
    refuseAsymmetric(key);
    const isAll = input.IncludeKeyMaterial === "ALL_KEY_MATERIAL";
    const shown = [...key.materials, ...(key.next && isAll ? [key.next] : [])].filter(
      (one) => isAll || one.rotation,
    );
    const { items, more } = await pageOf(shown, ({ id }) => id, input, 100);
    return { Rotations: items.map((one) => describe(key, one)), ...more };
  },
} satisfies Handlers<typeof sdk>;

const freshMaterial = ({ ids }: Pick<Context, "ids">): MaterialRecord => ({
  id: ids.hex(64),
  secret: drawBytes(ids, 32),
});

/** Gives a key its next material, in all its Regions. */
async function rotate(
  tx: Transaction,
  key: KeyRecord,
  material: MaterialRecord,
  type: sdk.RotationType,
  atMs: number,
): Promise<void> {
  const { next: _, ...rest } = key;
  const materials = [...key.materials, { ...material, rotation: { atMs, type } }];
  writeKey(tx, { ...rest, materials });
  await changeRelated(tx, key, (other) => ({ ...other, materials }));
}

/** Rotates a key whose turn it is. */
export async function rotateByClock(
  tx: Transaction,
  key: KeyRecord,
  world: Pick<Context, "ids">,
): Promise<void> {
  const turns = key.rotation;
  if (!turns) return;
  const next = { ...key, rotation: { ...turns, nextMs: nextTurnMs(turns.nextMs, turns.periodDays) } };
  // A key that is disabled is not rotated, and when it is enabled again it is at its next turn.
  if (key.state !== "Enabled") writeKey(tx, next);
  else await rotate(tx, next, freshMaterial(world), "AUTOMATIC", turns.nextMs);
}

async function requireRotatable(
  tx: Transaction,
  context: Context,
  operation: string,
  named: string | undefined,
): Promise<KeyRecord> {
  const key = await requireOwnKey(tx, context, named, (arn) => denied(context.principal.arn, operation, arn));
  checkEnabled(key);
  refuseAsymmetric(key);
  if (key.multiRegion && key.multiRegion.primary !== key.region) {
    throw fault(
      "UnsupportedOperationException",
      "This operation is not supported for multi-Region replica keys.",
    );
  }
  return key;
}

function refuseAsymmetric({ spec }: KeyRecord): void {
  if (spec !== "SYMMETRIC_DEFAULT") throw fault("UnsupportedOperationException", "");
}

function refuseExternal(key: KeyRecord): void {
  if (key.origin !== "EXTERNAL") return;
  throw fault(
    "UnsupportedOperationException",
    `${arnOf(key)} origin is EXTERNAL which is not valid for this operation.`,
  );
}

function describe(key: KeyRecord, material: MaterialRecord): sdk.RotationsListEntry {
  const { imported, rotation: turned } = material;
  const isCurrent = key.materials.at(-1)?.id === material.id;
  const isPending = key.next?.id === material.id;
  return {
    KeyId: key.id,
    KeyMaterialId: material.id,
    KeyMaterialState: isPending ? "PENDING_ROTATION" : isCurrent ? "CURRENT" : "NON_CURRENT",
    ...(turned ? { RotationDate: new Date(turned.atMs), RotationType: turned.type } : {}),
    ...(imported
      ? {
          ImportState: material.secret ? "IMPORTED" : "PENDING_IMPORT",
          KeyMaterialDescription: imported.description,
          ...(imported.validToMs === undefined
            ? { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" }
            : { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: new Date(imported.validToMs) }),
        }
      : {}),
  };
}
