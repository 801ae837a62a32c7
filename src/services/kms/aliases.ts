import type * as sdk from "@aws-sdk/client-kms";
import { Fault } from "../../kernel/faults.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { checkAlive, requireKey } from "./finding.ts";
import { pageOf } from "./paging.ts";
import { type AliasRecord, aliasArn, aliasKey, type KeyRecord, read, readAll, write } from "./records.ts";

const MOST_ALIASES = 50;

/** Names for keys. */
export const aliases = {
  async CreateAlias(input, context) {
    const { scope } = context;
    const name = checkName(input.AliasName);
    const nowMs = context.clock.now();
    await context.store.transact(async (tx) => {
      const key = await requireTarget(tx, context, input.TargetKeyId);
      if (await tx.get(aliasKey(scope, name))) {
        throw fault(
          "AlreadyExistsException",
          `An alias with the name ${aliasArn(scope, name)} already exists`,
        );
      }
      await refuseMore(tx, key);
      write(tx, aliasKey(scope, name), { v: 1, name, keyId: key.id, createdMs: nowMs, updatedMs: nowMs });
    });
    return {};
  },

  async UpdateAlias(input, context) {
    const { scope } = context;
    const name = checkName(input.AliasName);
    await context.store.transact(async (tx) => {
      const alias = await requireAlias(tx, context, name);
      const key = await requireTarget(tx, context, input.TargetKeyId);
      const before = await requireKey(tx, context, alias.keyId);
      if (before.usage !== key.usage || isSymmetric(before) !== isSymmetric(key)) {
        throw fault(
          "KMSInvalidStateException",
          "The alias cannot be associated with a key of another type or key usage.",
        );
      }
      if (before.id !== key.id) await refuseMore(tx, key);
      write(tx, aliasKey(scope, name), { ...alias, keyId: key.id, updatedMs: context.clock.now() });
    });
    return {};
  },

  async DeleteAlias(input, context) {
    const name = checkName(input.AliasName);
    await context.store.transact(async (tx) => {
      await requireAlias(tx, context, name);
      tx.delete(aliasKey(context.scope, name));
    });
    return {};
  },

  async ListAliases(input, context) {
    const { scope } = context;
    const found = await context.store.transact(async (tx) => {
      const all = await readAll<AliasRecord>(tx, aliasKey(scope));
      if (input.KeyId === undefined) return all;
      const key = await requireKey(tx, context, input.KeyId);
      return all.filter(({ keyId }) => keyId === key.id);
    });
    const { items, more } = await pageOf(found, ({ name }) => name, input, 50);
    const Aliases = items.map(({ name, keyId, createdMs, updatedMs }) => ({
      AliasName: name,
      AliasArn: aliasArn(scope, name),
      TargetKeyId: keyId,
      CreationDate: new Date(createdMs),
      LastUpdatedDate: new Date(updatedMs),
    }));
    return { Aliases, ...more };
  },
} satisfies Handlers<typeof sdk>;

const isSymmetric = ({ spec }: KeyRecord) => /^(SYMMETRIC|HMAC)/.test(spec);

function checkName(name = ""): string {
  if (!/^alias\/.+/.test(name)) {
    throw fault("InvalidAliasNameException", 'Alias must start with the prefix "alias/".');
  }
  if (name.startsWith("alias/aws/")) {
    throw new Fault("NotAuthorizedException", "Aliases that begin with alias/aws/ are reserved for AWS.");
  }
  return name;
}

async function requireAlias(tx: Transaction, { scope }: Context, name: string): Promise<AliasRecord> {
  const alias = await read<AliasRecord>(tx, aliasKey(scope, name));
  if (alias) return alias;
  throw fault("NotFoundException", `Alias ${aliasArn(scope, name)} is not found.`);
}

/** An alias stands for a key of its own account and Region. */
async function requireTarget(tx: Transaction, context: Context, named: string | undefined) {
  const key = await requireKey(tx, context, named);
  checkAlive(key, "PendingImport");
  return key;
}

async function refuseMore(tx: Transaction, key: KeyRecord): Promise<void> {
  const all = await readAll<AliasRecord>(tx, aliasKey(key));
  if (all.filter(({ keyId }) => keyId === key.id).length < MOST_ALIASES) return;
  throw fault("LimitExceededException", `The key ${key.id} has ${MOST_ALIASES} aliases already.`);
}
