import type * as sdk from "@aws-sdk/client-iam";
import type { Handlers } from "../define.ts";
import { add, all, arnOf, listed, needByArn, put, remove } from "./entities.ts";
import { fault } from "./faults.ts";
import { born, nowMs } from "./names.ts";
import type { SamlProviderRecord } from "./records.ts";
import { shownTags, tagsMember, withTags } from "./tags.ts";

const YEARS_100_MS = 100 * 365 * 86_400_000;

/** Until when the metadata holds; refuses what is none. */
function validUntil(metadata: string, createdMs: number): number {
  if (!/<([\w-]+:)?EntityDescriptor[\s>]/.test(metadata)) {
    throw fault("InvalidInputException", "Could not parse metadata");
  }
  const told = /\bvalidUntil="([^"]+)"/.exec(metadata)?.[1];
  const ms = told === undefined ? Number.NaN : Date.parse(told);
  return Number.isNaN(ms) ? createdMs + YEARS_100_MS : ms;
}

export const samlProviders = {
  async CreateSAMLProvider(input, context) {
    const { Name, SAMLMetadataDocument = "", Tags, AssertionEncryptionMode, AddPrivateKey } = input;
    const base = born(context, "", Name, { tags: withTags({}, Tags) });
    const key = { id: context.ids.base32(22), createdMs: base.createdMs };
    const provider: SamlProviderRecord = {
      ...base,
      uuid: context.ids.base32(21),
      metadata: SAMLMetadataDocument,
      validUntilMs: validUntil(SAMLMetadataDocument, base.createdMs),
      ...(AssertionEncryptionMode === undefined ? {} : { encryption: AssertionEncryptionMode }),
      privateKeys: AddPrivateKey === undefined ? [] : [key],
    };
    await context.store.transact((tx) => add(tx, "saml-provider", provider));
    return { SAMLProviderArn: arnOf("saml-provider", provider), ...tagsMember(provider.tags) };
  },

  async GetSAMLProvider({ SAMLProviderArn }, { store, scope }) {
    const provider = await store.transact((tx) =>
      needByArn(tx, scope.account, "saml-provider", SAMLProviderArn),
    );
    return {
      SAMLProviderUUID: provider.uuid,
      SAMLMetadataDocument: provider.metadata,
      CreateDate: new Date(provider.createdMs),
      ValidUntil: new Date(provider.validUntilMs),
      Tags: shownTags(provider.tags),
      ...(provider.encryption === undefined
        ? {}
        : { AssertionEncryptionMode: provider.encryption as "Required" | "Allowed" }),
      PrivateKeyList: provider.privateKeys.map(({ id, createdMs }) => ({
        KeyId: id,
        Timestamp: new Date(createdMs),
      })),
    };
  },

  async ListSAMLProviders(_input, { store, scope }) {
    const found = await store.transact((tx) => listed(all(tx, scope.account, "saml-provider")));
    return {
      SAMLProviderList: found.map((provider) => ({
        Arn: arnOf("saml-provider", provider),
        ValidUntil: new Date(provider.validUntilMs),
        CreateDate: new Date(provider.createdMs),
      })),
    };
  },

  async UpdateSAMLProvider(input, context) {
    const { SAMLProviderArn, SAMLMetadataDocument, AssertionEncryptionMode } = input;
    const added = { id: context.ids.base32(22), createdMs: nowMs(context) };
    await context.store.transact(async (tx) => {
      const provider = await needByArn(tx, context.scope.account, "saml-provider", SAMLProviderArn);
      const keys = provider.privateKeys.filter(({ id }) => id !== input.RemovePrivateKey);
      const privateKeys = input.AddPrivateKey === undefined ? keys : [...keys, added];
      if (privateKeys.length > 2) {
        throw fault("LimitExceededException", "A SAML provider can have at most 2 private keys.");
      }
      put(tx, "saml-provider", {
        ...provider,
        ...(SAMLMetadataDocument === undefined
          ? {}
          : {
              metadata: SAMLMetadataDocument,
              validUntilMs: validUntil(SAMLMetadataDocument, added.createdMs),
            }),
        ...(AssertionEncryptionMode === undefined ? {} : { encryption: AssertionEncryptionMode }),
        privateKeys,
      });
    });
    return { SAMLProviderArn };
  },

  async DeleteSAMLProvider({ SAMLProviderArn }, { store, scope }) {
    await store.transact(async (tx) => {
      remove(tx, "saml-provider", await needByArn(tx, scope.account, "saml-provider", SAMLProviderArn));
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;
