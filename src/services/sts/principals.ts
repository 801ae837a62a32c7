import { accountOf } from "../../kernel/scope.ts";
import type { Credentials, Principal } from "../define.ts";
import { isUserKey } from "./access-keys.ts";
import { parseRole, roleId } from "./sessions.ts";

const ANONYMOUS = "anonymous";

interface Defaults {
  readonly account: string;
  /** Keys of the platform's own settings. */
  readonly accessKeys: Readonly<Record<string, string>>;
}

/** The users' keys. */
interface UserKeys {
  owner(
    id: string,
  ): Promise<(Pick<Principal, "account" | "arn" | "userId"> & { isActive: boolean }) | undefined>;
  used(who: Principal, use: { ms: number; service: string; region: string }): void | Promise<void>;
}

/**
 * Who signed a request. A session token of this platform says it itself, and IAM knows whose a user's key is;
 * any other key is the root user of its account, as is a request without a signature.
 */
export function createPrincipals(credentials: Credentials, defaults: Defaults, keys: UserKeys) {
  const rootOf = (accessKeyId: string | undefined): Principal => {
    const account = accountOf(accessKeyId, defaults.account);
    return {
      accessKeyId: accessKeyId ?? ANONYMOUS,
      account,
      arn: `arn:aws:iam::${account}:root`,
      userId: account,
    };
  };
  const userOf = async (accessKeyId: string) => {
    const owner = await keys.owner(accessKeyId);
    if (!owner) return { ...rootOf(accessKeyId), key: "unknown" as const };
    const { isActive, ...user } = owner;
    return { ...user, accessKeyId, key: isActive ? ("active" as const) : ("inactive" as const) };
  };
  return {
    identify(accessKeyId: string | undefined, sessionToken: string | undefined) {
      const session = sessionToken === undefined ? undefined : credentials.read(sessionToken);
      if (session) return { ...session, accessKeyId: accessKeyId ?? ANONYMOUS };
      const isUsers = accessKeyId !== undefined && sessionToken === undefined && isUserKey(accessKeyId);
      if (isUsers && !Object.hasOwn(defaults.accessKeys, accessKeyId)) return userOf(accessKeyId);
      return rootOf(accessKeyId);
    },
    secretOf: credentials.secretOf,
    used: keys.used,
  };
}

/** The session of whoever acts in a role's name: a function, or delivery on its behalf. */
export function roleSession(roleArn: string, sessionName: string) {
  const { account, name } = parseRole(roleArn);
  return {
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`,
    userId: `${roleId(roleArn)}:${sessionName}`,
  };
}
