import type * as sdk from "@aws-sdk/client-secrets-manager";
import type { Ids } from "../../kernel/ids.ts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";

const LOWERCASE = "abcdefghijklmnopqrstuvwxyz";
const NUMBERS = "0123456789";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

export const passwords = {
  async GetRandomPassword(input, context) {
    return { RandomPassword: randomPassword(input, context.ids) };
  },
} satisfies Handlers<typeof sdk>;

function randomPassword(asked: sdk.GetRandomPasswordRequest, ids: Ids): string {
  const { PasswordLength: length = 32, ExcludeCharacters = "" } = asked;
  const types = [
    asked.ExcludeLowercase ? "" : LOWERCASE,
    asked.ExcludeUppercase ? "" : LOWERCASE.toUpperCase(),
    asked.ExcludeNumbers ? "" : NUMBERS,
    asked.ExcludePunctuation ? "" : PUNCTUATION,
    asked.IncludeSpace ? " " : "",
  ].map((type) => [...type].filter((one) => !ExcludeCharacters.includes(one)));
  const included = types.filter((type) => type.length > 0);
  if (included.length === 0) {
    throw fault("InvalidParameterException", "The password can't be generated: all characters are excluded.");
  }
  const required = asked.RequireEachIncludedType === false ? [] : included;
  if (length < required.length) {
    throw fault(
      "InvalidParameterException",
      `Password length ${length} is too short based on the required types.`,
    );
  }
  const pick = (from: readonly string[]) => from[Math.floor(ids.fraction() * from.length)] ?? "";
  const all = included.flat();
  const characters = Array.from({ length }, (_, index) => pick(required[index] ?? all));
  return shuffled(characters, ids).join("");
}

function shuffled(items: readonly string[], ids: Ids): string[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(ids.fraction() * (last + 1));
    [result[last], result[other]] = [result[other] ?? "", result[last] ?? ""];
  }
  return result;
}
