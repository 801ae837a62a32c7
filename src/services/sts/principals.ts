import { accountOf } from "../../kernel/scope.ts";
import type { Credentials, Principal } from "../define.ts";
import { parseRole, roleId } from "./sessions.ts";

const ANONYMOUS = "anonymous";

/**
 * Who signed a request. A session token of this platform says it itself; any other key is the root user
 * of its account, as is a request without a signature.
 */
export function createPrincipals(credentials: Credentials, defaultAccount: string) {
  return {
    identify(accessKeyId: string | undefined, sessionToken: string | undefined): Principal {
      const session = sessionToken === undefined ? undefined : credentials.read(sessionToken);
      const account = session?.account ?? accountOf(accessKeyId, defaultAccount);
      return {
        accessKeyId: accessKeyId ?? ANONYMOUS,
        account,
        arn: session?.arn ?? `arn:aws:iam::${account}:root`,
        userId: session?.userId ?? account,
        ...(session ? { expiresAtMs: session.expiresAtMs } : {}),
      };
    },
    secretOf: credentials.secretOf,
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
