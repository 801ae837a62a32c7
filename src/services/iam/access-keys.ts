import type * as sdk from "@aws-sdk/client-iam";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { keysOf, readKey, removeKey, writeKey } from "./access-key-records.ts";
import { listed, need } from "./entities.ts";
import { missing, overQuota, validationError } from "./faults.ts";
import { nowMs, userNamed } from "./names.ts";
import { page } from "./paging.ts";
import { QUOTAS } from "./quotas.ts";
import type { AccessKeyRecord } from "./records.ts";

async function needKey(tx: Transaction, { scope }: Context, user: string, id = ""): Promise<AccessKeyRecord> {
  await need(tx, scope.account, "user", user);
  const key = await readKey(tx, id);
  if (key?.account === scope.account && key.user.toLowerCase() === user.toLowerCase()) return key;
  throw missing(`The Access Key with id ${id} cannot be found.`);
}

export const accessKeys = {
  async CreateAccessKey({ UserName }, context) {
    const { account } = context.scope;
    const name = userNamed(context, UserName);
    const { accessKeyId, secretAccessKey } = context.credentials.issueKey(account);
    const createdMs = nowMs(context);
    const user = await context.store.transact(async (tx) => {
      const owner = await need(tx, account, "user", name);
      const keys = await listed(keysOf(tx, account, owner.name));
      if (keys.length >= QUOTAS.AccessKeysPerUser) {
        throw overQuota("AccessKeysPerUser", QUOTAS.AccessKeysPerUser);
      }
      writeKey(tx, { v: 1, id: accessKeyId, account, user: owner.name, status: "Active", createdMs });
      return owner.name;
    });
    return {
      AccessKey: {
        UserName: user,
        AccessKeyId: accessKeyId,
        Status: "Active" as const,
        SecretAccessKey: secretAccessKey,
        CreateDate: new Date(createdMs),
      },
    };
  },

  async ListAccessKeys(input, context) {
    const { scope, store, principal } = context;
    // The root user's keys are the platform's own settings.
    if (input.UserName === undefined && principal.arn.endsWith(":root")) {
      return { AccessKeyMetadata: [], IsTruncated: false };
    }
    const name = userNamed(context, input.UserName);
    const found = await store.transact(async (tx) => {
      const user = await need(tx, scope.account, "user", name);
      return listed(keysOf(tx, scope.account, user.name));
    });
    const { items, rest } = await page(found, ({ createdMs, id }) => `${createdMs} ${id}`, input);
    const AccessKeyMetadata = items.map(({ user, id, status, createdMs }) => ({
      UserName: user,
      AccessKeyId: id,
      Status: status,
      CreateDate: new Date(createdMs),
    }));
    return { AccessKeyMetadata, ...rest };
  },

  async UpdateAccessKey({ UserName, AccessKeyId, Status }, context) {
    const name = userNamed(context, UserName);
    if (Status !== "Active" && Status !== "Inactive") {
      throw validationError(`Status ${Status} is not valid for an access key.`);
    }
    await context.store.transact(async (tx) => {
      writeKey(tx, { ...(await needKey(tx, context, name, AccessKeyId)), status: Status });
    });
    return {};
  },

  async DeleteAccessKey({ UserName, AccessKeyId }, context) {
    const name = userNamed(context, UserName);
    await context.store.transact(async (tx) => {
      removeKey(tx, await needKey(tx, context, name, AccessKeyId));
    });
    return {};
  },

  async GetAccessKeyLastUsed({ AccessKeyId = "" }, { store, scope }) {
    const key = await store.transact((tx) => readKey(tx, AccessKeyId));
    if (key?.account !== scope.account) {
      throw missing(`The Access Key with id ${AccessKeyId} cannot be found.`);
    }
    const { lastUsed } = key;
    return {
      UserName: key.user,
      AccessKeyLastUsed:
        lastUsed === undefined
          ? { LastUsedDate: undefined, ServiceName: "N/A", Region: "N/A" }
          : { LastUsedDate: new Date(lastUsed.ms), ServiceName: lastUsed.service, Region: lastUsed.region },
    };
  },
} satisfies Handlers<typeof sdk>;
