// Keys as callers name them: by id, ARN, alias or an alias's ARN.
import type * as sdk from "@aws-sdk/client-kms";
import { parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { awsManagedKey, isAwsManagedAlias } from "./aws-managed.ts";
import { fault } from "./faults.ts";
import {
  type AliasRecord,
  aliasArn,
  aliasKey,
  arnOf,
  type KeyRecord,
  keyKey,
  type MaterialRecord,
  read,
} from "./records.ts";

const KEY_ID = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** The key that an id, ARN or alias stands for. An alias of AWS's own has its key made at its first use. */
export async function findKey(context: Context, named: string | undefined): Promise<KeyRecord> {
  const { scope, name } = placeOf(named ?? "", context.scope);
  if (!isAwsManagedAlias(name)) return context.store.transact((tx) => lookUp(tx, scope, name));
  const made = awsManagedKey(context, scope, name);
  return context.store.transact(async (tx) => {
    if (!(await tx.get(aliasKey(scope, name)))) made(tx);
    return lookUp(tx, scope, name);
  });
}

/** The same within a transaction, by id or key ARN only: what changes a key takes no alias. */
export function requireKey(tx: Transaction, context: Context, named: string | undefined): Promise<KeyRecord> {
  const { scope, name } = placeOf(named ?? "", context.scope);
  if (name.startsWith("alias/")) throw fault("NotFoundException", `Invalid keyId '${named}'`);
  return lookUp(tx, scope, name);
}

/** A key of the caller's own that is to be changed. Those that AWS manages are not. */
export async function requireOwnKey(
  tx: Transaction,
  context: Context,
  named: string | undefined,
  refuse: (arn: string) => Error,
): Promise<KeyRecord> {
  const key = await requireKey(tx, context, named);
  if (key.manager === "AWS") throw refuse(arnOf(key));
  return key;
}

function placeOf(named: string, caller: Scope): { scope: Scope; name: string } {
  if (!named.startsWith("arn:")) return { scope: caller, name: named };
  const arn = parseArn(named);
  if (arn?.service !== "kms" || !/^(key|alias)\//.test(arn.resource)) {
    throw fault("InvalidArnException", `Invalid arn ${named}`);
  }
  if (arn.region !== caller.region) throw fault("NotFoundException", `Invalid arn ${arn.region}`);
  const { account, region } = arn;
  return { scope: { account, region }, name: arn.resource.replace(/^key\//, "") };
}

async function lookUp(tx: Transaction, scope: Scope, name: string): Promise<KeyRecord> {
  let id = name;
  if (name.startsWith("alias/")) {
    const alias = await read<AliasRecord>(tx, aliasKey(scope, name));
    if (!alias) throw fault("NotFoundException", `Alias ${aliasArn(scope, name)} is not found.`);
    id = alias.keyId;
  }
  if (!KEY_ID.test(id)) throw fault("NotFoundException", `Invalid keyId '${id}'`);
  const key = await read<KeyRecord>(tx, keyKey(scope, id));
  if (key) return key;
  throw fault("NotFoundException", `Key '${arnOf({ ...scope, id })}' does not exist`);
}

const PENDING = {
  PendingDeletion: "is pending deletion.",
  PendingReplicaDeletion: "is pending deletion.",
  PendingImport: "is pending import.",
} as const;

/** Refuses a key that is on its way out, or has no material yet. */
export function checkAlive(key: KeyRecord, ...also: KeyRecord["state"][]): void {
  if (key.state === "Enabled" || key.state === "Disabled" || also.includes(key.state)) return;
  throw fault("KMSInvalidStateException", `${arnOf(key)} ${PENDING[key.state]}`);
}

/** Refuses a key that cannot be used now, or not for this. */
export function checkUsable(key: KeyRecord, usage: sdk.KeyUsageType, operation: string): void {
  checkEnabled(key);
  if (key.usage === usage) return;
  throw fault(
    "InvalidKeyUsageException",
    `${arnOf(key)} key usage is ${key.usage} which is not valid for ${operation}.`,
  );
}

export function checkEnabled(key: KeyRecord): void {
  if (key.state === "Disabled") throw fault("DisabledException", `${arnOf(key)} is disabled.`);
  checkAlive(key);
}

/** What a key computes with now. */
export function currentOf(key: KeyRecord): MaterialRecord & { readonly secret: Uint8Array } {
  const current = key.materials.at(-1);
  if (!current?.secret) throw fault("KMSInvalidStateException", `${arnOf(key)} is pending import.`);
  return { ...current, secret: current.secret };
}
