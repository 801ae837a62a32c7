import type * as sdk from "@aws-sdk/client-kms";
import type { Context, Handlers } from "../define.ts";
import { describe } from "./describe.ts";
import { denied, fault, invalid } from "./faults.ts";
import { checkAlive, findKey, requireOwnKey } from "./finding.ts";
import { specOf, usageOf } from "./key-specs.ts";
import { makeMaterial } from "./materials.ts";
import { pageOf } from "./paging.ts";
import { checkPolicy, defaultPolicy } from "./policies.ts";
import { arnOf, type KeyRecord, keyKey, readAll, writeKey } from "./records.ts";
import { withTags } from "./tags.ts";

/** Keys, and whether they may be used. */
export const keys = {
  async CreateKey(input, context) {
    const spec = input.KeySpec ?? (input.CustomerMasterKeySpec as sdk.KeySpec) ?? "SYMMETRIC_DEFAULT";
    const usage = usageOf(spec, input.KeyUsage);
    const origin = checkOrigin(input);
    const policy =
      input.Policy === undefined
        ? defaultPolicy(context.scope.account)
        : checkPolicy(input, context.scope.account);
    const tags = withTags({}, input.Tags);
    const materials = origin === "AWS_KMS" ? [await makeMaterial(spec, context.ids)] : [];
    const key: KeyRecord = {
      v: 1,
      ...context.scope,
      id: input.MultiRegion ? `mrk-${context.ids.hex(32)}` : context.ids.uuid(),
      spec,
      usage,
      origin,
      manager: "CUSTOMER",
      description: input.Description ?? "",
      createdMs: context.clock.now(),
      state: origin === "AWS_KMS" ? "Enabled" : "PendingImport",
      materials,
      policy,
      tags,
      ...(input.MultiRegion ? { multiRegion: { primary: context.scope.region, replicas: [] } } : {}),
    };
    await context.store.transact(async (tx) => writeKey(tx, key));
    return { KeyMetadata: describe(key) };
  },

  async DescribeKey(input, context) {
    return { KeyMetadata: describe(await findKey(context, input.KeyId)) };
  },

  async ListKeys(input, context) {
    const all = await context.store.transact((tx) => readAll<KeyRecord>(tx, keyKey(context.scope)));
    const { items, more } = await pageOf(all, ({ id }) => id, input, 100);
    return { Keys: items.map((key) => ({ KeyId: key.id, KeyArn: arnOf(key) })), ...more };
  },

  async EnableKey(input, context) {
    await changeKey(context, "EnableKey", input.KeyId, (key) => {
      checkAlive(key);
      return { ...key, state: "Enabled" };
    });
    return {};
  },

  async DisableKey(input, context) {
    await changeKey(context, "DisableKey", input.KeyId, (key) => {
      checkAlive(key);
      return { ...key, state: "Disabled" };
    });
    return {};
  },

  async UpdateKeyDescription(input, context) {
    await changeKey(context, "UpdateKeyDescription", input.KeyId, (key) => {
      checkAlive(key, "PendingImport");
      return { ...key, description: input.Description ?? "" };
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Changes a key of the caller's own; `operation` is what is refused for a key that AWS manages. */
function changeKey(
  context: Context,
  operation: string,
  named: string | undefined,
  change: (key: KeyRecord) => KeyRecord,
): Promise<KeyRecord> {
  return context.store.transact(async (tx) => {
    const key = await requireOwnKey(tx, context, named, (arn) =>
      denied(context.principal.arn, operation, arn),
    );
    const changed = change(key);
    writeKey(tx, changed);
    return changed;
  });
}

function checkOrigin(input: sdk.CreateKeyRequest): KeyRecord["origin"] {
  const { Origin = "AWS_KMS", KeySpec } = input;
  if (Origin === "AWS_CLOUDHSM" || Origin === "EXTERNAL_KEY_STORE" || input.CustomKeyStoreId) {
    throw fault("UnsupportedOperationException", "Custom key stores are not supported.");
  }
  if (input.XksKeyId !== undefined) {
    throw invalid("XksKeyId is only valid for keys of an external key store.");
  }
  specOf(KeySpec ?? "SYMMETRIC_DEFAULT");
  return Origin;
}
