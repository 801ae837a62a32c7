import { createHash, X509Certificate } from "node:crypto";
import type * as sdk from "@aws-sdk/client-iam";
import type { Context, Handlers } from "../define.ts";
import { change, need } from "./entities.ts";
import { fault, missing, overQuota } from "./faults.ts";
import { nowMs, userNamed } from "./names.ts";
import { page } from "./paging.ts";
import { QUOTAS } from "./quotas.ts";
import type { UserCredential, UserRecord } from "./records.ts";

type Status = "Active" | "Inactive";

/** The two kinds of public text by which a user is recognised. */
type Held = "sshKeys" | "signingCertificates";

const NOUNS = { sshKeys: "SSH Public Key", signingCertificates: "Certificate" } as const;

function needHeld(user: UserRecord, held: Held, id: string | undefined): UserCredential {
  const found = user[held].find((one) => one.id === id);
  if (found) return found;
  throw missing(`The ${NOUNS[held]} with id ${id} cannot be found.`);
}

const listHeld = async ({ store, scope }: Context, held: Held, name: string) => {
  const user = await store.transact((tx) => need(tx, scope.account, "user", name));
  return { user, found: user[held] };
};

/** `undefined` takes it away. */
async function alter(context: Context, held: Held, name: string, id: string | undefined, status?: Status) {
  await change(context, "user", name, (user) => {
    const found = needHeld(user, held, id);
    const others = user[held].filter((one) => one !== found);
    return { ...user, [held]: status === undefined ? others : [...others, { ...found, status }] };
  });
  return {};
}

/** The type and bytes of `ssh-rsa AAAA… comment`. */
function readSshKey(body: string): Buffer {
  const [, base64 = ""] =
    /^(?:ssh-rsa|ssh-ed25519|ecdsa-sha2-\w+)\s+([A-Za-z0-9+/=]+)/.exec(body.trim()) ?? [];
  const pem = /^-----BEGIN (?:RSA )?PUBLIC KEY-----([\s\S]+)-----END/.exec(body.trim())?.[1];
  const bytes = Buffer.from(pem ?? base64, "base64");
  if (bytes.length < 32) throw fault("InvalidPublicKeyException", "The specified public key is invalid.");
  return bytes;
}

const shownKey = (user: UserRecord, { id, status, createdMs }: UserCredential) => ({
  UserName: user.name,
  SSHPublicKeyId: id,
  Status: status as Status,
  UploadDate: new Date(createdMs),
});

const fullKey = (user: UserRecord, key: UserCredential) => ({
  ...shownKey(user, key),
  Fingerprint: key.fingerprint,
  SSHPublicKeyBody: key.body,
});

const shownCertificate = (user: UserRecord, { id, body, status, createdMs }: UserCredential) => ({
  UserName: user.name,
  CertificateId: id,
  CertificateBody: body,
  Status: status as Status,
  UploadDate: new Date(createdMs),
});

export const userCredentials = {
  async UploadSSHPublicKey({ UserName = "", SSHPublicKeyBody = "" }, context) {
    const digest = createHash("md5").update(readSshKey(SSHPublicKeyBody)).digest("hex");
    const key: UserCredential = {
      id: `APKA${context.ids.base32(16)}`,
      body: SSHPublicKeyBody,
      fingerprint: digest.replace(/..(?!$)/g, "$&:"),
      status: "Active",
      createdMs: nowMs(context),
    };
    const user = await change(context, "user", UserName, (owner) => {
      const { sshKeys } = owner;
      if (sshKeys.some(({ fingerprint }) => fingerprint === key.fingerprint)) {
        throw fault("DuplicateSSHPublicKeyException", "The specified public key is already in use.");
      }
      if (sshKeys.length >= QUOTAS.SSHPublicKeysPerUser) {
        throw overQuota("SSHPublicKeysPerUser", QUOTAS.SSHPublicKeysPerUser);
      }
      return { ...owner, sshKeys: [...sshKeys, key] };
    });
    return { SSHPublicKey: fullKey(user, key) };
  },

  async GetSSHPublicKey({ UserName = "", SSHPublicKeyId, Encoding }, context) {
    const { user } = await listHeld(context, "sshKeys", UserName);
    const key = needHeld(user, "sshKeys", SSHPublicKeyId);
    if (Encoding === "PEM" && !key.body.startsWith("-----BEGIN")) {
      throw fault("UnrecognizedPublicKeyEncodingException", "The key is kept in SSH encoding.");
    }
    return { SSHPublicKey: fullKey(user, key) };
  },

  async ListSSHPublicKeys(input, context) {
    const { user, found } = await listHeld(context, "sshKeys", userNamed(context, input.UserName));
    const { items, rest } = await page(found, ({ id }) => id, input);
    return { SSHPublicKeys: items.map((key) => shownKey(user, key)), ...rest };
  },

  UpdateSSHPublicKey: ({ UserName = "", SSHPublicKeyId, Status }, context) =>
    alter(context, "sshKeys", UserName, SSHPublicKeyId, Status as Status),

  DeleteSSHPublicKey: ({ UserName = "", SSHPublicKeyId }, context) =>
    alter(context, "sshKeys", UserName, SSHPublicKeyId),

  async UploadSigningCertificate({ UserName, CertificateBody = "" }, context) {
    const name = userNamed(context, UserName);
    let fingerprint: string;
    try {
      fingerprint = new X509Certificate(CertificateBody).fingerprint256;
    } catch {
      throw fault("MalformedCertificateException", `Certificate is malformed: ${CertificateBody}`);
    }
    const certificate: UserCredential = {
      id: context.ids.base32(32),
      body: CertificateBody,
      fingerprint,
      status: "Active",
      createdMs: nowMs(context),
    };
    const user = await change(context, "user", name, (owner) => {
      const { signingCertificates } = owner;
      if (signingCertificates.some((one) => one.fingerprint === fingerprint)) {
        throw fault("DuplicateCertificateException", "The specified certificate is already in use.");
      }
      if (signingCertificates.length >= QUOTAS.SigningCertificatesPerUser) {
        throw overQuota("CertificatesPerUser", QUOTAS.SigningCertificatesPerUser);
      }
      return { ...owner, signingCertificates: [...signingCertificates, certificate] };
    });
    return { Certificate: shownCertificate(user, certificate) };
  },

  async ListSigningCertificates(input, context) {
    const name = userNamed(context, input.UserName);
    const { user, found } = await listHeld(context, "signingCertificates", name);
    const { items, rest } = await page(found, ({ id }) => id, input);
    return { Certificates: items.map((certificate) => shownCertificate(user, certificate)), ...rest };
  },

  UpdateSigningCertificate: ({ UserName, CertificateId, Status }, context) =>
    alter(context, "signingCertificates", userNamed(context, UserName), CertificateId, Status as Status),

  DeleteSigningCertificate: ({ UserName, CertificateId }, context) =>
    alter(context, "signingCertificates", userNamed(context, UserName), CertificateId),
} satisfies Handlers<typeof sdk>;
