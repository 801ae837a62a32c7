import type * as sdk from "@aws-sdk/client-sts";
import { accountOf } from "../../kernel/scope.ts";
import type { Handlers } from "../define.ts";
import { accountInAccessKey } from "./access-keys.ts";

export const identity = {
  async GetCallerIdentity(_input, { principal }) {
    return { UserId: principal.userId, Account: principal.account, Arn: principal.arn };
  },

  async GetAccessKeyInfo({ AccessKeyId = "" }, { scope }) {
    return { Account: accountInAccessKey(AccessKeyId) ?? accountOf(AccessKeyId, scope.account) };
  },
} satisfies Handlers<typeof sdk>;
