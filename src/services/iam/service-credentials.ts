import type * as sdk from "@aws-sdk/client-iam";
import type { Context, Handlers } from "../define.ts";
import { change, need } from "./entities.ts";
import { fault, missing, overQuota } from "./faults.ts";
import { nowMs, userNamed } from "./names.ts";
import { QUOTAS } from "./quotas.ts";
import type { ServiceCredential, UserRecord } from "./records.ts";

const SERVICES = ["codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com"];
const DAY_MS = 86_400_000;
const SECRET_CHARACTERS = 44;

const listedCredential = ({ name }: UserRecord, credential: ServiceCredential) => ({
  UserName: name,
  ServiceSpecificCredentialId: credential.id,
  ServiceName: credential.service,
  ServiceUserName: credential.userName,
  Status: credential.status as "Active" | "Inactive",
  CreateDate: new Date(credential.createdMs),
  ...(credential.expiresMs === undefined ? {} : { ExpirationDate: new Date(credential.expiresMs) }),
});

/** The secret is told once. */
const shownCredential = (user: UserRecord, credential: ServiceCredential) => ({
  ...listedCredential(user, credential),
  ServicePassword: credential.secret,
});

async function alter(
  context: Context,
  userName: string | undefined,
  id: string | undefined,
  altered: (credential: ServiceCredential) => ServiceCredential | undefined,
): Promise<UserRecord> {
  return change(context, "user", userNamed(context, userName), (user) => {
    if (!user.serviceCredentials.some((one) => one.id === id)) {
      throw missing(`No such credential ${id} exists`);
    }
    const serviceCredentials = user.serviceCredentials
      .map((one) => (one.id === id ? altered(one) : one))
      .filter((one) => one !== undefined);
    return { ...user, serviceCredentials };
  });
}

export const serviceCredentials = {
  async CreateServiceSpecificCredential({ UserName, ServiceName = "", CredentialAgeDays }, context) {
    if (!SERVICES.includes(ServiceName)) {
      throw fault(
        "ServiceNotSupportedException",
        `No such service ${ServiceName} is supported for credentials`,
      );
    }
    const createdMs = nowMs(context);
    const credential = {
      id: `ACCA${context.ids.base32(17)}`,
      service: ServiceName,
      secret: Buffer.from(context.ids.base32(SECRET_CHARACTERS))
        .toString("base64")
        .slice(0, SECRET_CHARACTERS),
      status: "Active",
      createdMs,
      ...(CredentialAgeDays === undefined ? {} : { expiresMs: createdMs + CredentialAgeDays * DAY_MS }),
    };
    const user = await change(context, "user", UserName, (owner) => {
      const own = owner.serviceCredentials.filter(({ service }) => service === ServiceName);
      if (own.length >= QUOTAS.ServiceCredentialsPerUser) {
        throw overQuota("ServiceSpecificCredentialsPerUser", QUOTAS.ServiceCredentialsPerUser);
      }
      const number = own.length === 0 ? "" : `+${own.length}`;
      const userName = `${owner.name}${number}-at-${owner.account}`;
      return { ...owner, serviceCredentials: [...owner.serviceCredentials, { ...credential, userName }] };
    });
    const made = user.serviceCredentials.at(-1);
    return made ? { ServiceSpecificCredential: shownCredential(user, made) } : {};
  },

  async ListServiceSpecificCredentials({ UserName, ServiceName }, context) {
    const name = userNamed(context, UserName);
    const user = await context.store.transact((tx) => need(tx, context.scope.account, "user", name));
    const found = user.serviceCredentials.filter(
      ({ service }) => ServiceName === undefined || service === ServiceName,
    );
    return {
      ServiceSpecificCredentials: found.map((credential) => listedCredential(user, credential)),
      IsTruncated: false,
    };
  },

  async UpdateServiceSpecificCredential({ UserName, ServiceSpecificCredentialId, Status = "" }, context) {
    await alter(context, UserName, ServiceSpecificCredentialId, (one) => ({ ...one, status: Status }));
    return {};
  },

  async ResetServiceSpecificCredential({ UserName, ServiceSpecificCredentialId }, context) {
    const secret = Buffer.from(context.ids.base32(SECRET_CHARACTERS)).toString("base64");
    const user = await alter(context, UserName, ServiceSpecificCredentialId, (one) => ({
      ...one,
      secret: secret.slice(0, SECRET_CHARACTERS),
    }));
    const reset = user.serviceCredentials.find(({ id }) => id === ServiceSpecificCredentialId);
    return reset ? { ServiceSpecificCredential: shownCredential(user, reset) } : {};
  },

  async DeleteServiceSpecificCredential({ UserName, ServiceSpecificCredentialId }, context) {
    await alter(context, UserName, ServiceSpecificCredentialId, () => undefined);
    return {};
  },
} satisfies Handlers<typeof sdk>;
