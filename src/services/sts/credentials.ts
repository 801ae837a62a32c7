import { createHmac, timingSafeEqual } from "node:crypto";
import type { Ids } from "../../kernel/ids.ts";
import type { Store } from "../../store/store.ts";
import type { Credentials, Session } from "../define.ts";
import { accessKeyFor, isUserKey } from "./access-keys.ts";

const SECRET_KEY = ["sts", "signing-secret"] as const;

/**
 * Credentials that need no look-up: a session token is the session itself with a seal, and an access key's
 * secret is derived from its id. The sealing secret is made once and kept in the store.
 */
export async function createCredentials(
  store: Store,
  ids: Ids,
  accessKeys: Readonly<Record<string, string>>,
): Promise<Credentials> {
  const secret = await store.transact(async (tx) => {
    const kept = await tx.get(SECRET_KEY);
    if (typeof kept === "string") return kept;
    const made = ids.hex(64);
    tx.set(SECRET_KEY, made);
    return made;
  });
  const derive = (purpose: string, text: string) => createHmac("sha256", secret).update(purpose + text);
  const secretKeyOf = (accessKeyId: string) => derive("key:", accessKeyId).digest("base64").slice(0, 40);
  const seal = (body: string) => derive("session:", body).digest("base64url");
  return {
    issue(session) {
      const accessKeyId = accessKeyFor(session.account, "ASIA", ids.base32(16));
      const body = Buffer.from(JSON.stringify([accessKeyId, ...pack(session)])).toString("base64url");
      return {
        ...session,
        accessKeyId,
        secretAccessKey: secretKeyOf(accessKeyId),
        sessionToken: `${TOKEN_PREFIX}${body}.${seal(body)}`,
      };
    },
    issueKey(account) {
      const accessKeyId = accessKeyFor(account, "AKIA", ids.base32(16));
      return { accessKeyId, secretAccessKey: secretKeyOf(accessKeyId) };
    },
    read: (sessionToken) => open(sessionToken, seal)?.session,
    secretOf(accessKeyId, sessionToken) {
      if (sessionToken === undefined) {
        return accessKeys[accessKeyId] ?? (isUserKey(accessKeyId) ? secretKeyOf(accessKeyId) : undefined);
      }
      const issued = open(sessionToken, seal);
      return issued?.accessKeyId === accessKeyId ? secretKeyOf(accessKeyId) : undefined;
    },
  };
}

/** Tells a token of this platform from one of AWS at a glance. */
const TOKEN_PREFIX = "NuageToken";

function pack(session: Session): unknown[] {
  return [session.account, session.arn, session.userId, session.expiresAtMs];
}

function open(
  sessionToken: string,
  seal: (body: string) => string,
): { accessKeyId: string; session: Session } | undefined {
  if (!sessionToken.startsWith(TOKEN_PREFIX)) return undefined;
  const [body = "", given = ""] = sessionToken.slice(TOKEN_PREFIX.length).split(".");
  const expected = seal(body);
  if (given.length !== expected.length) return undefined;
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(expected))) return undefined;
  const [accessKeyId, account, arn, userId, expiresAtMs] = JSON.parse(
    Buffer.from(body, "base64url").toString(),
  );
  return { accessKeyId, session: { account, arn, userId, expiresAtMs } };
}
