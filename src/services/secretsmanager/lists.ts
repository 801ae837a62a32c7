import type * as sdk from "@aws-sdk/client-secrets-manager";
import type { Handlers } from "../define.ts";
import { describe, stagesOf } from "./describe.ts";
import { isMatch } from "./filters.ts";
import { pageOf } from "./paging.ts";
import { readAll, type SecretRecord, secretKey } from "./records.ts";

export const lists = {
  async ListSecrets(input, context) {
    const all = await context.store.transact((tx) => readAll<SecretRecord>(tx, secretKey(context.scope)));
    const shown = all
      .filter((secret) => input.IncludePlannedDeletion === true || !secret.deletion)
      .filter((secret) => isMatch(secret, input.Filters))
      .sort(orderOf(input));
    const { items, next } = pageOf(shown, input.NextToken, input.MaxResults ?? 100);
    return {
      SecretList: items.map((secret) => ({ ...describe(secret), SecretVersionsToStages: stagesOf(secret) })),
      ...next,
    };
  },
} satisfies Handlers<typeof sdk>;

function orderOf({ SortBy = "created-date", SortOrder = "asc" }: sdk.ListSecretsRequest) {
  const sign = SortOrder === "desc" ? -1 : 1;
  const placeOf = ({ name, createdMs, changedMs, accessedMs = 0 }: SecretRecord): string | number => {
    if (SortBy === "name") return name;
    if (SortBy === "last-accessed-date") return accessedMs;
    return SortBy === "last-changed-date" ? changedMs : createdMs;
  };
  return (one: SecretRecord, other: SecretRecord): number => {
    const [first, second] = [placeOf(one), placeOf(other)];
    return first === second ? 0 : first < second ? -sign : sign;
  };
}
