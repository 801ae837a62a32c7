import { createHash, timingSafeEqual } from "node:crypto";
import type * as sdk from "@aws-sdk/client-iam";
import type { Context, Handlers } from "../define.ts";
import { change, need, readAccount } from "./entities.ts";
import { accessDenied, fault, missing } from "./faults.ts";
import { nowMs, userNamed } from "./names.ts";
import { checkPassword, DEFAULT_POLICY } from "./password-policy.ts";
import type { LoginProfile, UserRecord } from "./records.ts";

const digest = (userId: string, password: string) =>
  createHash("sha256").update(`${userId} ${password}`).digest("hex");

const MOST_REMEMBERED = 24;

const shown = (user: UserRecord, { createdMs, resetRequired }: LoginProfile) => ({
  UserName: user.name,
  CreateDate: new Date(createdMs),
  PasswordResetRequired: resetRequired,
});

function needLogin(user: UserRecord): LoginProfile {
  if (user.login) return user.login;
  throw missing(`Login Profile for User ${user.name} cannot be found.`);
}

/** A profile with a new password, which the account's policy must let pass. */
async function withPassword(
  context: Context,
  userName: string | undefined,
  password: string,
  changed: (user: UserRecord) => LoginProfile,
): Promise<UserRecord> {
  const changedMs = nowMs(context);
  return change(context, "user", userName, async (user, tx) => {
    const { passwordPolicy = DEFAULT_POLICY } = await readAccount(tx, user.account);
    const { before: _, ...login } = changed(user);
    const before = user.login ? [user.login.password, ...user.login.before].slice(0, MOST_REMEMBERED) : [];
    const made = digest(user.id, password);
    checkPassword(password, passwordPolicy);
    const kept = before.slice(0, passwordPolicy.PasswordReusePrevention ?? 0);
    if (kept.includes(made)) {
      throw fault(
        "PasswordPolicyViolationException",
        "Password does not conform to the account password policy.",
      );
    }
    return { ...user, login: { ...login, password: made, before, changedMs } };
  });
}

export const loginProfiles = {
  async CreateLoginProfile({ UserName, Password = "", PasswordResetRequired = false }, context) {
    const createdMs = nowMs(context);
    const name = userNamed(context, UserName);
    const user = await withPassword(context, name, Password, (owner) => {
      if (owner.login) {
        throw fault("EntityAlreadyExistsException", `Login Profile for user ${owner.name} already exists.`);
      }
      return {
        password: "",
        before: [],
        createdMs,
        changedMs: createdMs,
        resetRequired: PasswordResetRequired,
      };
    });
    return { LoginProfile: shown(user, needLogin(user)) };
  },

  async GetLoginProfile({ UserName }, context) {
    const name = userNamed(context, UserName);
    const user = await context.store.transact((tx) => need(tx, context.scope.account, "user", name));
    return { LoginProfile: shown(user, needLogin(user)) };
  },

  async UpdateLoginProfile({ UserName, Password, PasswordResetRequired }, context) {
    const changed = (user: UserRecord) => {
      const login = needLogin(user);
      return { ...login, resetRequired: PasswordResetRequired ?? login.resetRequired };
    };
    if (Password === undefined) {
      await change(context, "user", UserName, (user) => ({ ...user, login: changed(user) }));
    } else {
      await withPassword(context, UserName, Password, changed);
    }
    return {};
  },

  async DeleteLoginProfile({ UserName }, context) {
    await change(context, "user", userNamed(context, UserName), (user) => {
      needLogin(user);
      const { login: _, ...rest } = user;
      return rest;
    });
    return {};
  },

  async ChangePassword({ OldPassword = "", NewPassword = "" }, context) {
    const name = userNamed(context, undefined);
    await withPassword(context, name, NewPassword, (user) => {
      const login = needLogin(user);
      const given = Buffer.from(digest(user.id, OldPassword));
      if (!timingSafeEqual(given, Buffer.from(login.password))) {
        throw accessDenied("The old password was incorrect.");
      }
      return { ...login, resetRequired: false };
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
