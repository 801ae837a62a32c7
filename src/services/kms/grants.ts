import type * as sdk from "@aws-sdk/client-kms";
import { parseArn } from "../../kernel/arn.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { endDryRun, fault, invalid } from "./faults.ts";
import { checkAlive, checkEnabled, requireKey } from "./finding.ts";
import { pageOf } from "./paging.ts";
import {
  arnOf,
  type GrantRecord,
  type GrantSettings,
  grantKey,
  type KeyRecord,
  read,
  readAll,
  write,
} from "./records.ts";

/** What keys of each usage may be granted for, besides what all may. */
const OPERATIONS: Readonly<Record<sdk.KeyUsageType, readonly string[]>> = {
  ENCRYPT_DECRYPT: ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"],
  SIGN_VERIFY: ["Sign", "Verify"],
  GENERATE_VERIFY_MAC: ["GenerateMac", "VerifyMac"],
  KEY_AGREEMENT: ["DeriveSharedSecret"],
  ENCAPSULATE_DECAPSULATE: ["Encapsulate", "Decapsulate"],
};

/** Leave for others to use a key. */
export const grants = {
  async CreateGrant(input, context) {
    const id = context.ids.hex(64);
    return context.store.transact(async (tx) => {
      const key = await requireKey(tx, context, input.KeyId);
      checkEnabled(key);
      const settings = settingsOf(input, key);
      endDryRun(input);
      const all = await readAll<GrantRecord>(tx, grantKey(key, key.id));
      const same = all.find((one) => settings.Name !== undefined && isSame(one.settings, settings));
      const grant: GrantRecord = same ?? {
        v: 1,
        id,
        keyId: key.id,
        createdMs: context.clock.now(),
        issuer: `arn:aws:iam::${context.principal.account}:root`,
        settings,
      };
      write(tx, grantKey(key, key.id, grant.id), grant);
      return { GrantId: grant.id, GrantToken: tokenOf(key, grant.id) };
    });
  },

  async ListGrants(input, context) {
    const key = await context.store.transact(async (tx) => requireKey(tx, context, input.KeyId));
    const all = await context.store.transact((tx) => readAll<GrantRecord>(tx, grantKey(key, key.id)));
    const found = all.filter(
      ({ id, settings }) =>
        (input.GrantId ?? id) === id &&
        (input.GranteePrincipal ?? settings.GranteePrincipal) === settings.GranteePrincipal &&
        (input.GranteeServicePrincipal ?? settings.GranteeServicePrincipal) ===
          settings.GranteeServicePrincipal,
    );
    if (input.GrantId !== undefined && found.length === 0) throw unknownGrant(input.GrantId);
    const { items, more } = await pageOf(found, ({ id }) => id, input, 50);
    return { Grants: items.map((grant) => describe(key, grant)), ...more };
  },

  async ListRetirableGrants(input, context) {
    const { RetiringPrincipal, RetiringServicePrincipal } = input;
    if ((RetiringPrincipal === undefined) === (RetiringServicePrincipal === undefined)) {
      throw invalid("Specify either a retiring principal or a retiring service principal.");
    }
    const { scope } = context;
    const all = await context.store.transact((tx) => readAll<GrantRecord>(tx, grantKey(scope)));
    const found = all.filter(({ settings }) =>
      RetiringPrincipal === undefined
        ? settings.RetiringServicePrincipal === RetiringServicePrincipal
        : settings.RetiringPrincipal === RetiringPrincipal,
    );
    const { items, more } = await pageOf(found, ({ keyId, id }) => `${keyId} ${id}`, input, 50);
    return { Grants: items.map((grant) => describe({ ...scope, id: grant.keyId }, grant)), ...more };
  },

  async RevokeGrant(input, context) {
    await context.store.transact(async (tx) => {
      const key = await requireKey(tx, context, input.KeyId);
      checkAlive(key, "PendingImport", "PendingDeletion", "PendingReplicaDeletion");
      await end(tx, key, input.GrantId ?? "", input);
    });
    return {};
  },

  async RetireGrant(input, context) {
    const { keyId, grantId } = retired(input);
    await context.store.transact(async (tx) => {
      const key = await requireKey(tx, context, keyId);
      await end(tx, key, grantId, input);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function settingsOf(input: sdk.CreateGrantRequest, key: KeyRecord): GrantSettings {
  const { Operations = [], Constraints, Name, ...principals } = input;
  if ((input.GranteePrincipal === undefined) === (input.GranteeServicePrincipal === undefined)) {
    throw invalid("Specify either a grantee principal or a grantee service principal.");
  }
  if (Operations.length === 0) {
    throw invalid(
      "1 validation error detected: Value '[]' at 'operations' failed to satisfy constraint: Member must " +
        "have length greater than or equal to 1",
    );
  }
  const wrong = Operations.filter((one) => !isFor(key, one));
  if (wrong.length > 0) {
    throw invalid(`Operations [${wrong.join(", ")}] are not valid for key usage ${key.usage}.`);
  }
  const { GranteePrincipal, RetiringPrincipal, GranteeServicePrincipal, RetiringServicePrincipal } =
    principals;
  return {
    Name,
    Operations,
    Constraints,
    GranteePrincipal,
    RetiringPrincipal,
    GranteeServicePrincipal,
    RetiringServicePrincipal,
  };
}

function isFor({ usage, spec }: KeyRecord, operation: string): boolean {
  if (["CreateGrant", "RetireGrant", "DescribeKey"].includes(operation)) return true;
  if (operation.startsWith("GenerateDataKey")) return spec === "SYMMETRIC_DEFAULT";
  if (operation === "GetPublicKey") return !/^(SYMMETRIC|HMAC)/.test(spec);
  return OPERATIONS[usage].includes(operation);
}

/** A grant that is asked for again by its name is the one there is. */
const isSame = (one: GrantSettings, other: GrantSettings) => JSON.stringify(one) === JSON.stringify(other);

const tokenOf = (key: KeyRecord, grantId: string): string =>
  Buffer.from(JSON.stringify([arnOf(key), grantId])).toString("base64");

/** Which grant is to be retired: by its token, or by its id and its key's ARN. */
function retired({ GrantToken, KeyId, GrantId }: sdk.RetireGrantRequest) {
  if (GrantToken === undefined) {
    if (KeyId === undefined || GrantId === undefined) {
      throw invalid("Specify a grant token, or both a key ID and a grant ID.");
    }
    if (!parseArn(KeyId)) throw fault("InvalidArnException", `Invalid arn ${KeyId}`);
    return { keyId: KeyId, grantId: GrantId };
  }
  try {
    const [keyId, grantId] = JSON.parse(Buffer.from(GrantToken, "base64").toString()) as string[];
    if (keyId && grantId) return { keyId, grantId };
  } catch {
    // It says so below.
  }
  throw fault("InvalidGrantTokenException", "The grant token is not valid.");
}

async function end(
  tx: Transaction,
  key: KeyRecord,
  grantId: string,
  input: { readonly DryRun?: boolean | undefined },
): Promise<void> {
  const place = grantKey(key, key.id, grantId);
  if (!(await read<GrantRecord>(tx, place))) throw unknownGrant(grantId);
  endDryRun(input);
  tx.delete(place);
}

const unknownGrant = (id: string) => fault("NotFoundException", `Grant ID ${id} not found`);

function describe(key: Pick<KeyRecord, "account" | "region" | "id">, grant: GrantRecord): sdk.GrantListEntry {
  return {
    ...grant.settings,
    KeyId: arnOf(key),
    GrantId: grant.id,
    CreationDate: new Date(grant.createdMs),
    IssuingAccount: grant.issuer,
  };
}
