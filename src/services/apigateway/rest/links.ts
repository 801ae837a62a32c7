import type * as sdk from "@aws-sdk/client-api-gateway";
import { createSigner } from "../../../kernel/certificate.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { newResourceId } from "../ids.ts";
import { accountKey, allOf, type CertificateRecord, certificateKey, linkKey } from "./account-records.ts";
import { defined } from "./apis.ts";
import { badRequest, noPart } from "./faults.ts";
import { positioned } from "./pages.ts";
import { type PatchRule, patched, textRule } from "./patch.ts";
import { read, readAll, write } from "./records.ts";

const A_YEAR_MS = 365 * 86_400_000;

/** What connects an account's APIs with others: client certificates, links into a VPC; and the account. */
export const links = {
  async GenerateClientCertificate(input, context) {
    const { clock, ids, scope, store } = context;
    const nowMs = Math.floor(clock.now());
    const { certificate: pem, privateKey } = await createSigner("ApiGateway", nowMs);
    const id = newResourceId(ids);
    const certificate = { ...defined(input), clientCertificateId: id, pemEncodedCertificate: pem };
    const record: CertificateRecord = {
      v: 1,
      certificate,
      privateKey,
      createdMs: nowMs,
      expiresMs: nowMs + A_YEAR_MS,
    };
    await store.transact(async (tx) => write(tx, certificateKey(scope, id), record));
    return describe(record);
  },

  async GetClientCertificate(input, context) {
    return describe(
      await context.store.transact((tx) => requireCertificate(tx, context, input.clientCertificateId)),
    );
  },

  async GetClientCertificates(input, { scope, store }) {
    const all = await store.transact((tx) => readAll<CertificateRecord>(tx, allOf(certificateKey, scope)));
    return positioned(all.map(describe), input, ({ clientCertificateId = "" }) => clientCertificateId);
  },

  async UpdateClientCertificate(input, context) {
    return context.store.transact(async (tx) => {
      const old = await requireCertificate(tx, context, input.clientCertificateId);
      const certificate = patched(old.certificate, input.patchOperations, CERTIFICATE_RULES);
      const changed = { ...old, certificate };
      write(tx, certificateKey(context.scope, certificate.clientCertificateId ?? ""), changed);
      return describe(changed);
    });
  },

  async DeleteClientCertificate(input, context) {
    return context.store.transact(async (tx) => {
      const { certificate } = await requireCertificate(tx, context, input.clientCertificateId);
      tx.delete(certificateKey(context.scope, certificate.clientCertificateId ?? ""));
      return {};
    });
  },

  async CreateVpcLink(input, { ids, scope, store }) {
    if (input.targetArns?.length !== 1) throw badRequest("VPC link must have exactly one target ARN");
    const link: sdk.VpcLink = { ...defined(input), id: newResourceId(ids), status: "AVAILABLE" };
    await store.transact(async (tx) => write(tx, linkKey(scope, link.id ?? ""), link));
    return { ...link, status: "PENDING" as const };
  },

  async GetVpcLink(input, context) {
    return context.store.transact((tx) => requireLink(tx, context, input.vpcLinkId));
  },

  async GetVpcLinks(input, { scope, store }) {
    const all = await store.transact((tx) => readAll<sdk.VpcLink>(tx, allOf(linkKey, scope)));
    return positioned(all, input, ({ id = "" }) => id);
  },

  async UpdateVpcLink(input, context) {
    return context.store.transact(async (tx) => {
      const link = patched(
        await requireLink(tx, context, input.vpcLinkId),
        input.patchOperations,
        LINK_RULES,
      );
      write(tx, linkKey(context.scope, link.id ?? ""), link);
      return link;
    });
  },

  async DeleteVpcLink(input, context) {
    return context.store.transact(async (tx) => {
      const { id = "" } = await requireLink(tx, context, input.vpcLinkId);
      tx.delete(linkKey(context.scope, id));
      return {};
    });
  },

  async GetAccount(_input, { scope, store }) {
    return describeAccount(await store.transact((tx) => read<sdk.Account>(tx, accountKey(scope))));
  },

  async UpdateAccount(input, { scope, store }) {
    return store.transact(async (tx) => {
      const account = patched(
        (await read<sdk.Account>(tx, accountKey(scope))) ?? {},
        input.patchOperations,
        ACCOUNT_RULES,
      );
      write(tx, accountKey(scope), account);
      return describeAccount(account);
    });
  },
} satisfies Handlers<typeof sdk>;

const CERTIFICATE_RULES: readonly PatchRule<sdk.ClientCertificate>[] = [
  textRule("/description", "description"),
];
const LINK_RULES: readonly PatchRule<sdk.VpcLink>[] = [
  textRule("/name", "name"),
  textRule("/description", "description"),
];
const ACCOUNT_RULES: readonly PatchRule<sdk.Account>[] = [
  textRule("/cloudwatchRoleArn", "cloudwatchRoleArn"),
  {
    path: "/features",
    ops: ["add", "remove"],
    apply() {
      // Usage plans are a feature that every account has.
    },
  },
];

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
function describeAccount(account: sdk.Account | undefined) {
  return {
    ...account,
    throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
    features: ["UsagePlans"],
    apiKeyVersion: "4",
  };
}

async function requireCertificate(tx: Transaction, { scope }: Pick<Context, "scope">, id = "") {
  const record = await read<CertificateRecord>(tx, certificateKey(scope, id));
  if (!record) throw noPart("Client Certificate");
  return record;
}

async function requireLink(tx: Transaction, { scope }: Pick<Context, "scope">, id = "") {
  const link = await read<sdk.VpcLink>(tx, linkKey(scope, id));
  if (!link) throw noPart("Vpc Link");
  return link;
}

function describe({ certificate, createdMs, expiresMs }: CertificateRecord): sdk.ClientCertificate {
  return { ...certificate, createdDate: new Date(createdMs), expirationDate: new Date(expiresMs) };
}
