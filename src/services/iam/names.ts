import type { Context } from "../define.ts";
import { validationError } from "./faults.ts";
import type { Named, Tags } from "./records.ts";

const WORD = /^[\w+=,.@-]+$/;
const PATH = /^\/(?:[!-~]+\/)?$/;

const wordRule = [
  WORD,
  "It must contain only alphanumeric characters and/or the following: +=,.@_-",
] as const;
const pathRule = [
  PATH,
  "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
] as const;
const prefixRule = [
  /^\/[!-\u007f]*$/,
  "It must begin with / and contain only alphanumeric characters and/or / characters.",
] as const;

/** What IAM checks of names in words of its own. */
const RULES: Readonly<Record<string, readonly [RegExp, string]>> = {
  UserName: wordRule,
  NewUserName: wordRule,
  GroupName: wordRule,
  NewGroupName: wordRule,
  RoleName: wordRule,
  PolicyName: wordRule,
  InstanceProfileName: wordRule,
  ServerCertificateName: wordRule,
  NewServerCertificateName: wordRule,
  Path: pathRule,
  NewPath: pathRule,
  PathPrefix: prefixRule,
};

export function checkNames(input: Readonly<Record<string, unknown>>): void {
  for (const [member, [pattern, rule]] of Object.entries(RULES)) {
    const value = input[member];
    if (typeof value !== "string" || pattern.test(value)) continue;
    const shown = `${member[0]?.toLowerCase()}${member.slice(1)}`;
    throw validationError(`The specified value for ${shown} is invalid. ${rule}`);
  }
}

/** What begins every record of something new. */
export function born(
  context: Context,
  prefix: string,
  name: string | undefined = "",
  { path = "/", tags = {} }: { path?: string | undefined; tags?: Tags } = {},
): Named {
  return {
    v: 1,
    account: context.scope.account,
    path,
    name,
    id: `${prefix}${context.ids.base32(17)}`,
    createdMs: nowMs(context),
    tags,
  };
}

/** IAM's times are of whole seconds. */
export const nowMs = ({ clock }: Context) => Math.floor(clock.now() / 1000) * 1000;

/** The user who is meant where an operation names none: the one who signed. */
export function userNamed(context: Context, name: string | undefined): string {
  const own = /:user\/(?:.*\/)?([^/]+)$/.exec(context.principal.arn)?.[1];
  const meant = name ?? own;
  if (meant === undefined)
    throw validationError("Must specify userName when calling with non-User credentials");
  return meant;
}

/** RFC 3986, as IAM writes documents into its answers. */
export const encoded = (document: string) =>
  encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
