import type * as sdk from "@aws-sdk/client-iam";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { change } from "./entities.ts";
import { missing, validationError } from "./faults.ts";
import { needAttachable } from "./find-policy.ts";
import type { Holder } from "./records.ts";
import { modifiable } from "./service-linked.ts";

/** The boundary member of a record, where one is asked for. */
export async function boundaryFor(
  tx: Transaction,
  account: string,
  arn: string | undefined,
): Promise<{ boundary?: string }> {
  if (arn === undefined) return {};
  if (!/^arn:[\w-]+:iam::(\d{12}|aws):policy\/.+$/.test(arn)) {
    throw validationError(`Value (${arn}) for parameter PermissionsBoundary is invalid.`);
  }
  await needAttachable(tx, account, arn);
  return { boundary: arn };
}

function withoutBoundary<Record extends Holder>(record: Record, noun: string): Record {
  if (record.boundary === undefined) {
    throw missing(`${noun} ${record.name} does not have a permissions boundary attached.`);
  }
  const { boundary: _, ...rest } = record;
  return rest as Record;
}

export const boundaries = {
  async PutUserPermissionsBoundary({ UserName, PermissionsBoundary }, context) {
    await change(context, "user", UserName, async (user, tx) => ({
      ...user,
      ...(await boundaryFor(tx, user.account, PermissionsBoundary)),
    }));
    return {};
  },

  async DeleteUserPermissionsBoundary({ UserName }, context) {
    await change(context, "user", UserName, (user) => withoutBoundary(user, "User"));
    return {};
  },

  async PutRolePermissionsBoundary({ RoleName, PermissionsBoundary }, context) {
    await change(context, "role", RoleName, async (role, tx) => ({
      ...modifiable(role),
      ...(await boundaryFor(tx, role.account, PermissionsBoundary)),
    }));
    return {};
  },

  async DeleteRolePermissionsBoundary({ RoleName }, context) {
    await change(context, "role", RoleName, (role) => withoutBoundary(modifiable(role), "Role"));
    return {};
  },
} satisfies Handlers<typeof sdk>;
