// Which secrets a list has.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
import type * as sdk from "@aws-sdk/client-secrets-manager";
import type { SecretRecord } from "./records.ts";

/** All filters must hold, each for one of its values; `!` before a value has it hold for none. */
export function isMatch(secret: SecretRecord, filters: readonly sdk.Filter[] | undefined): boolean {
  return (filters ?? []).every(({ Key = "name", Values = [] }) => {
    const unwanted = Values.filter((value) => value.startsWith("!")).map((value) => value.slice(1));
    const wanted = Values.filter((value) => !value.startsWith("!"));
    if (unwanted.some((value) => holds(secret, Key, value))) return false;
    return wanted.length === 0 || wanted.some((value) => holds(secret, Key, value));
  });
}

function holds(secret: SecretRecord, key: sdk.FilterNameStringType, value: string): boolean {
  const { name, description = "", tags, primaryRegion = secret.region } = secret;
  const begins = (text: string) => text.startsWith(value);
  switch (key) {
    case "name":
      return begins(name);
    case "tag-key":
      return Object.keys(tags).some(begins);
    case "tag-value":
      return Object.values(tags).some(begins);
    case "primary-region":
      return begins(primaryRegion);
    case "owning-service":
      return false;
    case "description":
      return hasWords([description], value);
    default:
      return hasWords([name, description, primaryRegion, ...Object.entries(tags).flat()], value);
  }
}

/** Whether every word of a value begins some word, in whatever case. */
function hasWords(texts: readonly string[], value: string): boolean {
  const known = texts.flatMap((text) => [text, ...wordsOf(text)]).map((text) => text.toLowerCase());
  return wordsOf(value).every((word) => known.some((text) => text.startsWith(word.toLowerCase())));
}

const wordsOf = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
