import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { readAccount, writeAccount } from "./entities.ts";
import { fault, missing } from "./faults.ts";
import type { PasswordPolicy } from "./records.ts";

/** What holds in an account that has set none. */
export const DEFAULT_POLICY: PasswordPolicy = {
  MinimumPasswordLength: 8,
  RequireSymbols: false,
  RequireNumbers: false,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: false,
  AllowUsersToChangePassword: false,
  ExpirePasswords: false,
};

const absent = (account: string) =>
  missing(`The Password Policy with domain name ${account} cannot be found.`);

/** What an update does not name is as if it was never set. */
const DEFAULT_UPDATE = { ...DEFAULT_POLICY, MinimumPasswordLength: 6 };

const SYMBOL = /[!@#$%^&*()_+\-=[\]{}|']/;

export function checkPassword(password: string, policy: PasswordPolicy): void {
  const refuse = (rule: string) => fault("PasswordPolicyViolationException", `Password should have ${rule}`);
  const least = policy.MinimumPasswordLength;
  if (password.length < least) throw refuse(`a minimum length of ${least}`);
  if (policy.RequireSymbols && !SYMBOL.test(password)) throw refuse("at least one symbol");
  if (policy.RequireNumbers && !/\d/.test(password)) throw refuse("at least one number");
  if (policy.RequireUppercaseCharacters && !/[A-Z]/.test(password)) {
    throw refuse("at least one uppercase letter");
  }
  if (policy.RequireLowercaseCharacters && !/[a-z]/.test(password)) {
    throw refuse("at least one lowercase letter");
  }
}

export const passwordPolicy = {
  async UpdateAccountPasswordPolicy(input, { store, scope }) {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    const ExpirePasswords = (input.MaxPasswordAge ?? 0) > 0;
    await store.transact(async (tx) => {
      const account = await readAccount(tx, scope.account);
      const policy = { ...DEFAULT_UPDATE, ...given, ExpirePasswords };
      writeAccount(tx, scope.account, { ...account, passwordPolicy: policy });
    });
    return {};
  },

  async GetAccountPasswordPolicy(_input, { store, scope }) {
    const account = await store.transact((tx) => readAccount(tx, scope.account));
    if (!account.passwordPolicy) throw absent(scope.account);
    return { PasswordPolicy: account.passwordPolicy };
  },

  async DeleteAccountPasswordPolicy(_input, { store, scope }) {
    await store.transact(async (tx) => {
      const { passwordPolicy: policy, ...rest } = await readAccount(tx, scope.account);
      if (!policy) throw absent(scope.account);
      writeAccount(tx, scope.account, rest);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
