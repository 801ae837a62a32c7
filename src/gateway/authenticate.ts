import type { Exchange } from "./exchange.ts";
import { bodyLimit } from "./limits.ts";
import type { Identity } from "./options.ts";
import { Refusal } from "./refusals.ts";
import type { SignedRequest } from "./signature-canonical.ts";
import { parseSignature } from "./signature-parse.ts";
import { type Signature, V2_ALGORITHM } from "./signature-types.ts";
import {
  checkExpiry,
  payloadHashOf,
  type VerifyOptions,
  verifySignature,
  verifySignatureV2,
} from "./signature-verify.ts";
import { utf8Of } from "./utf8.ts";

/** Operations that whoever has no credentials yet calls to get some. */
const UNSIGNED = new Set(["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]);

/** Whether the request is its sender's. Where any signature will do, it must still be a readable one. */
export function authenticate(x: Exchange): void | Promise<void> {
  // Whether its requests are to be signed is for a site to say.
  if (x.site) return;
  const checked = check(x);
  return checked instanceof Promise ? checked.then(() => noteUse(x)) : noteUse(x);
}

function check(x: Exchange): void | Promise<void> {
  const { signature } = x;
  if (signature instanceof Refusal) throw signature;
  if (x.identity) checkIdentity(x, x.identity);
  if (x.core.options.auth === "accept") {
    if (signature) checkExpiry(signature, x.startMs);
    return;
  }
  if (!signature) {
    if (UNSIGNED.has(`${x.service?.id}:${x.operationName}`)) return;
    throw new Refusal("unauthenticated");
  }
  const signingName = x.service?.wire.signingName ?? "";
  if (x.family === "s3") return verify(x, signature, signingName, undefined);
  const body = x.body.collect(bodyLimit(x.service?.id ?? "", x.operationName ?? ""));
  if (body instanceof Promise) return body.then((bytes) => verify(x, signature, signingName, bytes));
  return verify(x, signature, signingName, body);
}

/** Some keys are good no longer, whatever was signed with them. */
function checkIdentity(x: Exchange, { accessKeyId, expiresAtMs, key }: Identity): void {
  if (expiresAtMs !== undefined && expiresAtMs <= x.startMs) throw new Refusal("expiredToken");
  if (key === "inactive" || (key === "unknown" && x.core.options.auth === "verify")) {
    throw new Refusal("unknownKey", "", { AWSAccessKeyId: accessKeyId });
  }
}

function noteUse({ identity, signature, core, startMs }: Exchange): void | Promise<void> {
  if (!identity || !signature || signature instanceof Refusal) return;
  const { service, region } = signature.credential;
  return core.options.identities.used?.(identity, { ms: startMs, service, region });
}

function verify(x: Exchange, signature: Signature, signingName: string, body: Uint8Array | undefined): void {
  const { identities } = x.core.options;
  const options: VerifyOptions = {
    family: x.family,
    signingName,
    nowMs: x.startMs,
    secretOf: (accessKeyId, sessionToken) => identities.secretOf(accessKeyId, sessionToken),
    normalisedPath: x.family !== "s3",
  };
  if (signature.algorithm === V2_ALGORITHM) {
    verifySignatureV2(signedRequestOf(x), signature, x.wire?.path ?? x.path, options);
    return;
  }
  const hash = payloadHashOf(x.family, signature, x.headers["x-amz-content-sha256"], body);
  x.signingKey = verifySignature(signedRequestOf(x), signature, hash, options);
}

/** The identity behind a site's request, or undefined when it is not signed. Throws a Refusal. */
export async function authenticateSite(
  x: Exchange,
  signingName: string,
  limitBytes: number,
): Promise<Identity | undefined> {
  const signature = parseSignature(x.headers, x.query);
  if (!signature) return undefined;
  if (signature instanceof Refusal) throw signature;
  const { identities, auth } = x.core.options;
  const identity = await identities.identify(signature.credential.accessKeyId, signature.sessionToken);
  checkIdentity(x, identity);
  if (auth === "accept") checkExpiry(signature, x.startMs);
  else verify(x, signature, signingName, await x.body.collect(limitBytes));
  return identity;
}

/** Headers as they came: Node joins repeated ones, which a signature takes one by one. */
function signedRequestOf(x: Exchange): SignedRequest {
  const values = new Map<string, string[]>();
  const { rawHeaders } = x.incoming;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase().replace(/^:authority$/, "host");
    const value = utf8Of(rawHeaders[index + 1] ?? "");
    const list = values.get(name);
    if (list) list.push(value);
    else values.set(name, [value]);
  }
  return {
    method: x.method,
    path: x.path,
    query: x.query,
    headerValues: (name) => values.get(name) ?? [],
    headerNames: () => values.keys(),
  };
}
