import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { fault, missing, overQuota } from "./faults.ts";
import { QUOTAS } from "./quotas.ts";
import type {
  AccountRecord,
  GroupRecord,
  InstanceProfileRecord,
  MfaRecord,
  Named,
  OidcProviderRecord,
  PolicyRecord,
  RoleRecord,
  SamlProviderRecord,
  ServerCertificateRecord,
  UserRecord,
} from "./records.ts";

export interface Records {
  readonly user: UserRecord;
  readonly group: GroupRecord;
  readonly role: RoleRecord;
  readonly policy: PolicyRecord;
  readonly "instance-profile": InstanceProfileRecord;
  readonly "server-certificate": ServerCertificateRecord;
  readonly "oidc-provider": OidcProviderRecord;
  readonly "saml-provider": SamlProviderRecord;
  readonly mfa: MfaRecord;
}

/** As ARNs have it. */
export type Kind = keyof Records;

interface Wording {
  readonly missing: (name: string, arn: string) => string;
  readonly exists: (name: string) => string;
  readonly quota: keyof typeof QUOTAS | undefined;
}

const named = (noun: string, quota: keyof typeof QUOTAS): Wording => ({
  missing: (name) => `The ${noun} with name ${name} cannot be found.`,
  exists: (name) => `${noun[0]?.toUpperCase()}${noun.slice(1)} with name ${name} already exists.`,
  quota,
});

const WORDINGS: Readonly<Record<Kind, Wording>> = {
  user: named("user", "Users"),
  group: named("group", "Groups"),
  role: named("role", "Roles"),
  policy: {
    missing: (_name, arn) => `Policy ${arn} was not found.`,
    exists: (name) => `A policy called ${name} already exists. Duplicate names are not allowed.`,
    quota: "Policies",
  },
  "instance-profile": {
    missing: (name) => `Instance Profile ${name} cannot be found.`,
    exists: (name) => `Instance Profile ${name} already exists.`,
    quota: "InstanceProfiles",
  },
  "server-certificate": {
    missing: (name) => `The Server Certificate with name ${name} cannot be found.`,
    exists: (name) => `The Server Certificate with name ${name} already exists.`,
    quota: "ServerCertificates",
  },
  "oidc-provider": {
    missing: (_name, arn) => `OpenIDConnect Provider not found for arn ${arn}`,
    exists: (name) => `Provider with url https://${name} already exists.`,
    quota: "OpenIDConnectProviders",
  },
  "saml-provider": {
    missing: (_name, arn) => `Manifest not found for arn ${arn}`,
    exists: (name) => `A SAML provider named ${name} already exists.`,
    quota: "SAMLProviders",
  },
  mfa: {
    missing: (_name, arn) => `VirtualMFADevice with serial number ${arn} doesn't exist.`,
    exists: () => "MFADevice entity at the same path and name already exists.",
    quota: undefined,
  },
};

/** Names are not told apart by case. */
const keyOf = (account: string, kind: Kind, name: string): Key => ["iam", account, kind, name.toLowerCase()];
const accountKey = (account: string): Key => ["iam", account, "account"];

export const arnOf = (kind: Kind, { account, path, name }: Pick<Named, "account" | "path" | "name">) =>
  formatArn("iam", { account }, `${kind}${path}${name}`);

export const find = async <K extends Kind>(tx: Transaction, account: string, kind: K, name: string) =>
  (await tx.get(keyOf(account, kind, name))) as Records[K] | undefined;

export async function need<K extends Kind>(
  tx: Transaction,
  account: string,
  kind: K,
  name: string | undefined = "",
): Promise<Records[K]> {
  const found = await find(tx, account, kind, name);
  if (!found) throw missing(WORDINGS[kind].missing(name, name));
  return found;
}

/** By its ARN: `role/division/name` stands for the name, with the path as it is. */
export async function needByArn<K extends Kind>(
  tx: Transaction,
  account: string,
  kind: K,
  arn: string | undefined = "",
): Promise<Records[K]> {
  const parsed = parseArn(arn);
  if (!parsed) throw fault("InvalidInputException", `ARN ${arn} is not valid.`);
  const whole = parsed.resource.slice(kind.length + 1);
  const name = kind === "oidc-provider" ? whole : (whole.split("/").at(-1) ?? "");
  const found = await find(tx, account, kind, name);
  if (!found || arnOf(kind, found) !== arn) throw missing(WORDINGS[kind].missing(name, arn));
  return found;
}

export function put<K extends Kind>(tx: Transaction, kind: K, record: Records[K]): void {
  tx.set(keyOf(record.account, kind, record.name), record as unknown as Value);
}

export function remove(tx: Transaction, kind: Kind, { account, name }: Named): void {
  tx.delete(keyOf(account, kind, name));
}

/** In order of name. */
export async function* all<K extends Kind>(tx: Transaction, account: string, kind: K) {
  for await (const [, value] of tx.range({ prefix: ["iam", account, kind] })) {
    yield value as unknown as Records[K];
  }
}

export async function listed<Item>(
  items: AsyncIterable<Item>,
  isWanted: (item: Item) => boolean = () => true,
) {
  const list: Item[] = [];
  for await (const item of items) if (isWanted(item)) list.push(item);
  return list;
}

/** Writes what is new; refuses a name that is taken, and more than an account may have. */
export async function add<K extends Kind>(tx: Transaction, kind: K, record: Records[K]): Promise<void> {
  const { exists, quota } = WORDINGS[kind];
  if (await find(tx, record.account, kind, record.name)) {
    throw fault("EntityAlreadyExistsException", exists(record.name));
  }
  if (quota !== undefined) {
    let count = 0;
    for await (const _ of tx.range({ prefix: ["iam", record.account, kind] }, { keys: false })) count++;
    if (count >= QUOTAS[quota]) throw overQuota(`${quota}PerAccount`, QUOTAS[quota]);
  }
  put(tx, kind, record);
}

/** Changes one that there is, and gives it as it is then. */
export async function change<K extends Kind>(
  context: Context,
  kind: K,
  name: string | undefined,
  changed: (record: Records[K], tx: Transaction) => Records[K] | Promise<Records[K]>,
): Promise<Records[K]> {
  return context.store.transact(async (tx) => {
    const after = await changed(await need(tx, context.scope.account, kind, name), tx);
    put(tx, kind, after);
    return after;
  });
}

export async function rename<K extends "user" | "group" | "server-certificate">(
  tx: Transaction,
  kind: K,
  record: Records[K],
  changes: { readonly name?: string | undefined; readonly path?: string | undefined },
): Promise<Records[K]> {
  const { name = record.name, path = record.path } = changes;
  const taken = await find(tx, record.account, kind, name);
  if (taken && taken.id !== record.id) {
    throw fault("EntityAlreadyExistsException", WORDINGS[kind].exists(name));
  }
  const after = { ...record, name, path };
  remove(tx, kind, record);
  put(tx, kind, after);
  return after;
}

export const readAccount = async (tx: Transaction, account: string): Promise<AccountRecord> =>
  ((await tx.get(accountKey(account))) as AccountRecord | undefined) ?? { v: 1 };

export const writeAccount = (tx: Transaction, account: string, record: AccountRecord) =>
  tx.set(accountKey(account), record as unknown as Value);
