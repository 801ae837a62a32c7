import type * as sdk from "@aws-sdk/client-iam";
import type { Context, Handlers } from "../define.ts";
import { add, all, arnOf, listed, needByArn, put, remove } from "./entities.ts";
import { fault, overQuota, validationError } from "./faults.ts";
import { born } from "./names.ts";
import { QUOTAS } from "./quotas.ts";
import type { OidcProviderRecord } from "./records.ts";
import { shownTags, tagsMember, withTags } from "./tags.ts";

/** Each once. */
const unique = (values: readonly string[]) => [...new Set(values)];

function checkUrl(url: string): string {
  if (!/^https:\/\/[^/?#\s]+/.test(url) || /[?#]/.test(url)) {
    throw validationError("Invalid Open ID Connect Provider URL");
  }
  return url.slice("https://".length).replace(/\/$/, "");
}

function checkThumbprints(thumbprints: readonly string[]): void {
  const most = QUOTAS.ThumbprintsPerOpenIdConnectProvider;
  if (thumbprints.length > most) {
    throw fault("InvalidInputException", `Thumbprint list must contain fewer than ${most} entries.`);
  }
  for (const thumbprint of thumbprints) {
    if (thumbprint.length !== 40) {
      throw validationError("Thumbprint must be exactly 40 characters long.");
    }
  }
}

function checkClients(clients: readonly string[]): void {
  const most = QUOTAS.ClientIdsPerOpenIdConnectProvider;
  if (clients.length > most) throw overQuota("ClientIdsPerOpenIdConnectProvider", most);
}

async function changeProvider(
  { store, scope }: Context,
  arn: string | undefined,
  changed: (provider: OidcProviderRecord) => OidcProviderRecord,
): Promise<Record<never, never>> {
  await store.transact(async (tx) => {
    const provider = await needByArn(tx, scope.account, "oidc-provider", arn);
    put(tx, "oidc-provider", changed(provider));
  });
  return {};
}

export const oidcProviders = {
  async CreateOpenIDConnectProvider({ Url = "", ClientIDList = [], ThumbprintList = [], Tags }, context) {
    const name = checkUrl(Url);
    checkThumbprints(ThumbprintList);
    checkClients(ClientIDList);
    const provider: OidcProviderRecord = {
      ...born(context, "", name, { tags: withTags({}, Tags) }),
      clientIds: unique(ClientIDList),
      thumbprints: unique(ThumbprintList),
    };
    await context.store.transact((tx) => add(tx, "oidc-provider", provider));
    return {
      OpenIDConnectProviderArn: arnOf("oidc-provider", provider),
      ...tagsMember(provider.tags),
    };
  },

  async GetOpenIDConnectProvider({ OpenIDConnectProviderArn }, { store, scope }) {
    const provider = await store.transact((tx) =>
      needByArn(tx, scope.account, "oidc-provider", OpenIDConnectProviderArn),
    );
    return {
      Url: provider.name,
      ClientIDList: [...provider.clientIds],
      ThumbprintList: [...provider.thumbprints],
      CreateDate: new Date(provider.createdMs),
      Tags: shownTags(provider.tags),
    };
  },

  async ListOpenIDConnectProviders(_input, { store, scope }) {
    const found = await store.transact((tx) => listed(all(tx, scope.account, "oidc-provider")));
    return {
      OpenIDConnectProviderList: found.map((provider) => ({ Arn: arnOf("oidc-provider", provider) })),
    };
  },

  async DeleteOpenIDConnectProvider({ OpenIDConnectProviderArn }, { store, scope }) {
    await store.transact(async (tx) => {
      remove(
        tx,
        "oidc-provider",
        await needByArn(tx, scope.account, "oidc-provider", OpenIDConnectProviderArn),
      );
    });
    return {};
  },

  AddClientIDToOpenIDConnectProvider: ({ OpenIDConnectProviderArn, ClientID = "" }, context) =>
    changeProvider(context, OpenIDConnectProviderArn, (provider) => {
      const clientIds = unique([...provider.clientIds, ClientID]);
      checkClients(clientIds);
      return { ...provider, clientIds };
    }),

  RemoveClientIDFromOpenIDConnectProvider: ({ OpenIDConnectProviderArn, ClientID = "" }, context) =>
    changeProvider(context, OpenIDConnectProviderArn, (provider) => ({
      ...provider,
      clientIds: provider.clientIds.filter((id) => id !== ClientID),
    })),

  UpdateOpenIDConnectProviderThumbprint: ({ OpenIDConnectProviderArn, ThumbprintList = [] }, context) =>
    changeProvider(context, OpenIDConnectProviderArn, (provider) => {
      checkThumbprints(ThumbprintList);
      return { ...provider, thumbprints: unique(ThumbprintList) };
    }),
} satisfies Handlers<typeof sdk>;
