import type * as sdk from "@aws-sdk/client-iam";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { type Kind, need, needByArn, put, type Records } from "./entities.ts";
import { page } from "./paging.ts";
import type { Tags } from "./records.ts";
import { type GivenTags, shownTags, withoutTags, withTags } from "./tags.ts";

interface Asked {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** By its name, or by its ARN where operations take that. */
const locate = <K extends Kind>(tx: Transaction, account: string, kind: K, id = "") =>
  id.startsWith("arn:") ? needByArn(tx, account, kind, id) : need(tx, account, kind, id);

async function retag<K extends Kind>(
  { store, scope }: Context,
  kind: K,
  id: string | undefined,
  changed: (tags: Tags) => Tags,
): Promise<Record<never, never>> {
  await store.transact(async (tx) => {
    const record: Records[K] = await locate(tx, scope.account, kind, id);
    put(tx, kind, { ...record, tags: changed(record.tags) });
  });
  return {};
}

const tag = (context: Context, kind: Kind, id: string | undefined, given: GivenTags | undefined) =>
  retag(context, kind, id, (tags) => withTags(tags, given));

const untag = (context: Context, kind: Kind, id: string | undefined, keys: string[] | undefined) =>
  retag(context, kind, id, (tags) => withoutTags(tags, keys));

async function list({ store, scope }: Context, kind: Kind, id: string | undefined, asked: Asked) {
  const { tags } = await store.transact((tx) => locate(tx, scope.account, kind, id));
  const { items, rest } = await page(shownTags(tags), ({ Key }) => Key, asked);
  return { Tags: items, ...rest };
}

export const tagging = {
  TagUser: (input, context) => tag(context, "user", input.UserName, input.Tags),
  UntagUser: (input, context) => untag(context, "user", input.UserName, input.TagKeys),
  ListUserTags: (input, context) => list(context, "user", input.UserName, input),

  TagRole: (input, context) => tag(context, "role", input.RoleName, input.Tags),
  UntagRole: (input, context) => untag(context, "role", input.RoleName, input.TagKeys),
  ListRoleTags: (input, context) => list(context, "role", input.RoleName, input),

  TagPolicy: (input, context) => tag(context, "policy", input.PolicyArn, input.Tags),
  UntagPolicy: (input, context) => untag(context, "policy", input.PolicyArn, input.TagKeys),
  ListPolicyTags: (input, context) => list(context, "policy", input.PolicyArn, input),

  TagInstanceProfile: (input, context) =>
    tag(context, "instance-profile", input.InstanceProfileName, input.Tags),
  UntagInstanceProfile: (input, context) =>
    untag(context, "instance-profile", input.InstanceProfileName, input.TagKeys),
  ListInstanceProfileTags: (input, context) =>
    list(context, "instance-profile", input.InstanceProfileName, input),

  TagServerCertificate: (input, context) =>
    tag(context, "server-certificate", input.ServerCertificateName, input.Tags),
  UntagServerCertificate: (input, context) =>
    untag(context, "server-certificate", input.ServerCertificateName, input.TagKeys),
  ListServerCertificateTags: (input, context) =>
    list(context, "server-certificate", input.ServerCertificateName, input),

  TagOpenIDConnectProvider: (input, context) =>
    tag(context, "oidc-provider", input.OpenIDConnectProviderArn, input.Tags),
  UntagOpenIDConnectProvider: (input, context) =>
    untag(context, "oidc-provider", input.OpenIDConnectProviderArn, input.TagKeys),
  ListOpenIDConnectProviderTags: (input, context) =>
    list(context, "oidc-provider", input.OpenIDConnectProviderArn, input),

  TagSAMLProvider: (input, context) => tag(context, "saml-provider", input.SAMLProviderArn, input.Tags),
  UntagSAMLProvider: (input, context) =>
    untag(context, "saml-provider", input.SAMLProviderArn, input.TagKeys),
  ListSAMLProviderTags: (input, context) => list(context, "saml-provider", input.SAMLProviderArn, input),

  TagMFADevice: (input, context) => tag(context, "mfa", input.SerialNumber, input.Tags),
  UntagMFADevice: (input, context) => untag(context, "mfa", input.SerialNumber, input.TagKeys),
  ListMFADeviceTags: (input, context) => list(context, "mfa", input.SerialNumber, input),
} satisfies Handlers<typeof sdk>;
