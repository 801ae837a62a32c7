import { fault } from "./faults.ts";
import { parseObject } from "./sessions.ts";

/** What a web identity token says of its bearer. */
export interface WebIdentity {
  readonly subject: string;
  readonly audience: string;
  readonly issuer: string;
}

/**
 * Reads a JSON web token. Its signature is not checked: the issuer's keys are on the network, and nothing
 * here is guarded by it. Its form and its expiry are.
 */
export function readWebIdentity(token: string, nowMs: number): WebIdentity {
  const [, body, signature] = token.split(".");
  const claims =
    body && signature !== undefined ? parseObject(Buffer.from(body, "base64url").toString()) : undefined;
  if (!claims) {
    throw fault(
      "InvalidIdentityTokenException",
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
  const { sub, aud, azp, iss, exp } = claims;
  if (typeof sub !== "string" || typeof iss !== "string") {
    throw fault("InvalidIdentityTokenException", "Missing a required claim: sub and iss are needed");
  }
  if (typeof exp !== "number") throw fault("InvalidIdentityTokenException", "Missing a required claim: exp");
  const nowSeconds = Math.floor(nowMs / 1000);
  if (exp <= nowSeconds) {
    throw fault(
      "ExpiredTokenException",
      `Token expired: current date/time ${nowSeconds} must be before the expiration date/time ${exp}`,
    );
  }
  const audience =
    typeof azp === "string" ? azp : Array.isArray(aud) ? String(aud[0] ?? "") : String(aud ?? "");
  return { subject: sub, audience, issuer: iss };
}
