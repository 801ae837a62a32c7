import { createPrivateKey, X509Certificate } from "node:crypto";
import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { add, all, arnOf, listed, need, remove, rename } from "./entities.ts";
import { fault } from "./faults.ts";
import { born } from "./names.ts";
import { page } from "./paging.ts";
import type { ServerCertificateRecord } from "./records.ts";
import { shownTags, tagsMember, withTags } from "./tags.ts";

const shown = (certificate: ServerCertificateRecord) => ({
  Path: certificate.path,
  ServerCertificateName: certificate.name,
  ServerCertificateId: certificate.id,
  Arn: arnOf("server-certificate", certificate),
  UploadDate: new Date(certificate.createdMs),
  ...(certificate.expiresMs === undefined ? {} : { Expiration: new Date(certificate.expiresMs) }),
});

/** The certificate in PEM; its key must belong to it. */
function read(body: string, privateKey: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(body);
  } catch {
    throw fault(
      "MalformedCertificateException",
      "Unable to parse certificate. Please ensure the certificate is in PEM format.",
    );
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(privateKey))) return certificate;
  } catch {
    throw fault(
      "MalformedCertificateException",
      "Unable to parse private key. Please ensure the private key is in PEM format.",
    );
  }
  throw fault("KeyPairMismatchException", "The certificate and the private key do not match.");
}

export const serverCertificates = {
  async UploadServerCertificate(input, context) {
    const { ServerCertificateName, Path, CertificateBody = "", PrivateKey = "", CertificateChain } = input;
    const { validTo } = read(CertificateBody, PrivateKey);
    const certificate: ServerCertificateRecord = {
      ...born(context, "ASCA", ServerCertificateName, { path: Path, tags: withTags({}, input.Tags) }),
      body: CertificateBody,
      ...(CertificateChain === undefined ? {} : { chain: CertificateChain }),
      expiresMs: Date.parse(validTo),
    };
    await context.store.transact((tx) => add(tx, "server-certificate", certificate));
    return { ServerCertificateMetadata: shown(certificate), ...tagsMember(certificate.tags) };
  },

  async GetServerCertificate({ ServerCertificateName }, { store, scope }) {
    const certificate = await store.transact((tx) =>
      need(tx, scope.account, "server-certificate", ServerCertificateName),
    );
    return {
      ServerCertificate: {
        ServerCertificateMetadata: shown(certificate),
        CertificateBody: certificate.body,
        ...(certificate.chain === undefined ? {} : { CertificateChain: certificate.chain }),
        Tags: shownTags(certificate.tags),
      },
    };
  },

  async ListServerCertificates(input, { store, scope }) {
    const { PathPrefix = "/" } = input;
    const found = await store.transact((tx) =>
      listed(all(tx, scope.account, "server-certificate"), ({ path }) => path.startsWith(PathPrefix)),
    );
    const { items, rest } = await page(found, ({ name }) => name, input);
    return { ServerCertificateMetadataList: items.map(shown), ...rest };
  },

  async UpdateServerCertificate(input, { store, scope }) {
    await store.transact(async (tx) => {
      const found = await need(tx, scope.account, "server-certificate", input.ServerCertificateName);
      await rename(tx, "server-certificate", found, {
        name: input.NewServerCertificateName,
        path: input.NewPath,
      });
    });
    return {};
  },

  async DeleteServerCertificate({ ServerCertificateName }, { store, scope }) {
    await store.transact(async (tx) => {
      const found = await need(tx, scope.account, "server-certificate", ServerCertificateName);
      remove(tx, "server-certificate", found);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
