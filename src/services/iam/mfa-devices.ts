import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { add, all, arnOf, listed, need, needByArn, put, remove } from "./entities.ts";
import { fault, inUse, missing, overQuota } from "./faults.ts";
import { born, nowMs, userNamed } from "./names.ts";
import { codesAround } from "./one-time-codes.ts";
import { page } from "./paging.ts";
import { QUOTAS } from "./quotas.ts";
import type { MfaRecord } from "./records.ts";
import { listedUser } from "./shown.ts";
import { tagsMember, withTags } from "./tags.ts";

const SEED_CHARACTERS = 64;

/** Two codes that a device showed one after the other. */
function checkCodes({ seed }: MfaRecord, first: string | undefined, second: string | undefined, ms: number) {
  const codes = codesAround(seed, ms);
  const at = codes.indexOf(first ?? "");
  if (first !== second && at >= 0 && codes[at + 1] === second) return;
  throw fault("InvalidAuthenticationCodeException", "Authentication code for device is not valid.");
}

export const mfaDevices = {
  async CreateVirtualMFADevice({ VirtualMFADeviceName, Path, Tags }, context) {
    const device: MfaRecord = {
      ...born(context, "", VirtualMFADeviceName, { path: Path, tags: withTags({}, Tags) }),
      seed: context.ids.base32(SEED_CHARACTERS),
    };
    await context.store.transact((tx) => add(tx, "mfa", device));
    return {
      VirtualMFADevice: {
        SerialNumber: arnOf("mfa", device),
        Base32StringSeed: Buffer.from(device.seed),
        ...tagsMember(device.tags),
      },
    };
  },

  async EnableMFADevice({ UserName, SerialNumber, ...codes }, context) {
    const enabledMs = nowMs(context);
    await context.store.transact(async (tx) => {
      const { account } = context.scope;
      const user = await need(tx, account, "user", UserName);
      const device = await needByArn(tx, account, "mfa", SerialNumber);
      if (device.user !== undefined) {
        throw fault(
          "EntityAlreadyExistsException",
          "MFADevice entity at the same path and name already exists.",
        );
      }
      const own = await listed(all(tx, account, "mfa"), (one) => one.user === user.name);
      if (own.length >= QUOTAS.MFADevicesPerUser) {
        throw overQuota("MFADevicesPerUser", QUOTAS.MFADevicesPerUser);
      }
      checkCodes(device, codes.AuthenticationCode1, codes.AuthenticationCode2, context.clock.now());
      put(tx, "mfa", { ...device, user: user.name, enabledMs });
    });
    return {};
  },

  async ResyncMFADevice({ UserName, SerialNumber, ...codes }, context) {
    await context.store.transact(async (tx) => {
      const user = await need(tx, context.scope.account, "user", UserName);
      const device = await needByArn(tx, context.scope.account, "mfa", SerialNumber);
      if (device.user !== user.name) {
        throw missing(`MFADevice ${SerialNumber} is not enabled for user ${user.name}.`);
      }
      checkCodes(device, codes.AuthenticationCode1, codes.AuthenticationCode2, context.clock.now());
    });
    return {};
  },

  async DeactivateMFADevice({ UserName, SerialNumber }, context) {
    const name = userNamed(context, UserName);
    await context.store.transact(async (tx) => {
      const owner = await need(tx, context.scope.account, "user", name);
      const { user, enabledMs: _, ...device } = await needByArn(tx, owner.account, "mfa", SerialNumber);
      if (user !== owner.name) {
        throw missing(`MFADevice ${SerialNumber} is not enabled for user ${owner.name}.`);
      }
      put(tx, "mfa", device);
    });
    return {};
  },

  async DeleteVirtualMFADevice({ SerialNumber }, { store, scope }) {
    await store.transact(async (tx) => {
      const device = await needByArn(tx, scope.account, "mfa", SerialNumber);
      if (device.user !== undefined) throw inUse("deactivate MFA device first");
      remove(tx, "mfa", device);
    });
    return {};
  },

  async GetMFADevice({ SerialNumber, UserName }, { store, scope }) {
    const device = await store.transact((tx) => needByArn(tx, scope.account, "mfa", SerialNumber));
    if (device.user === undefined || (UserName !== undefined && UserName !== device.user)) {
      throw missing(`MFADevice ${SerialNumber} is not enabled${UserName ? ` for user ${UserName}` : ""}.`);
    }
    return {
      UserName: device.user,
      SerialNumber: arnOf("mfa", device),
      EnableDate: new Date(device.enabledMs ?? 0),
    };
  },

  async ListMFADevices(input, context) {
    const { store, scope, principal } = context;
    const isRoot = input.UserName === undefined && principal.arn.endsWith(":root");
    const name = isRoot ? undefined : userNamed(context, input.UserName);
    const found = await store.transact(async (tx) => {
      if (name === undefined) return [];
      const user = await need(tx, scope.account, "user", name);
      return listed(all(tx, scope.account, "mfa"), (device) => device.user === user.name);
    });
    const { items, rest } = await page(found, (device) => device.name, input);
    const MFADevices = items.map((device) => ({
      UserName: device.user,
      SerialNumber: arnOf("mfa", device),
      EnableDate: new Date(device.enabledMs ?? 0),
    }));
    return { MFADevices, ...rest };
  },

  async ListVirtualMFADevices(input, { store, scope }) {
    const { AssignmentStatus = "Any" } = input;
    const { found, users } = await store.transact(async (tx) => ({
      found: await listed(
        all(tx, scope.account, "mfa"),
        ({ user }) =>
          AssignmentStatus === "Any" || (AssignmentStatus === "Assigned") === (user !== undefined),
      ),
      users: await listed(all(tx, scope.account, "user")),
    }));
    const { items, rest } = await page(found, (device) => arnOf("mfa", device), input);
    const VirtualMFADevices = items.map((device) => {
      const user = users.find(({ name }) => name === device.user);
      return {
        SerialNumber: arnOf("mfa", device),
        ...(user === undefined ? {} : { User: listedUser(user) }),
        ...(device.enabledMs === undefined ? {} : { EnableDate: new Date(device.enabledMs) }),
      };
    });
    return { VirtualMFADevices, ...rest };
  },
} satisfies Handlers<typeof sdk>;
