import type { JSONWebKeySet, JWTPayload } from "jose";
import type { Clock } from "../../../kernel/clock.ts";
import { perPlatform } from "./per-platform.ts";

// JSON web tokens, verified with the keys that their issuer publishes.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html

export interface JwtRules {
  readonly issuer: string;
  /** undefined: for whomever. */
  readonly audience: readonly string[] | undefined;
}

export type Verified =
  | { readonly kind: "valid"; readonly claims: JWTPayload }
  | { readonly kind: "invalid"; readonly description: string };

/** API Gateway takes signatures with RSA alone. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
/** An issuer that does not answer in this time has none. */
const ISSUER_TIMEOUT_MS = 1_500;
const KEYS_KEPT_MS = 2 * 60 * 60_000;
/** Keys are asked for again, for a token signed by one that is not known, only so often. */
const REFRESH_MS = 5 * 60_000;
const MOST_ISSUERS = 100;

interface Keys {
  readonly set: JSONWebKeySet;
  readonly atMs: number;
}

const issuersOf = perPlatform(() => new Map<string, Promise<Keys>>());

/** Whether a token is the issuer's, for the audience, and of this moment of the clock. */
export async function verifyToken(clock: Clock, token: string, rules: JwtRules): Promise<Verified> {
  const jose = await import("jose");
  try {
    const { kid } = jose.decodeProtectedHeader(token);
    const keys = jose.createLocalJWKSet(await keysOf(clock, rules.issuer, kid));
    const { payload } = await jose.jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer: rules.issuer,
      currentDate: new Date(clock.now()),
    });
    return checkAudience(payload, rules.audience);
  } catch (error) {
    return { kind: "invalid", description: describe(error) };
  }
}

/** `aud`, or `client_id` where there is no `aud`: access tokens of user pools have only that. */
function checkAudience(claims: JWTPayload, audience: readonly string[] | undefined): Verified {
  if (!audience) return { kind: "valid", claims };
  const { aud = claims.client_id } = claims;
  const named = Array.isArray(aud) ? aud : [aud];
  if (named.some((one) => audience.includes(String(one)))) return { kind: "valid", claims };
  return { kind: "invalid", description: "the token does not have a valid audience" };
}

class IssuerError extends Error {}

function describe(error: unknown): string {
  if (error instanceof IssuerError) return error.message;
  const { code, claim } = error as { readonly code?: string; readonly claim?: string };
  if (code === "ERR_JWT_EXPIRED") return "the token has expired";
  if (code === "ERR_JWT_CLAIM_VALIDATION_FAILED") {
    if (claim === "iss") return "the token does not have a valid issuer";
    if (claim === "nbf" || claim === "iat") return "the token is not valid yet";
    return `the token does not have a valid ${claim}`;
  }
  if (code === "ERR_JWKS_NO_MATCHING_KEY") return "no matching key found in JWKS";
  if (code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") return "signature verification failed";
  if (code === "ERR_JOSE_ALG_NOT_ALLOWED") return "signing method is invalid";
  return "the token is malformed";
}

/** Kept for two hours; asked for again when a token names a key that is not among them. */
async function keysOf(clock: Clock, issuer: string, kid: string | undefined): Promise<JSONWebKeySet> {
  const issuers = issuersOf(clock);
  const known = await issuers.get(issuer);
  const ageMs = known ? clock.now() - known.atMs : Number.POSITIVE_INFINITY;
  const isNamed = kid === undefined || known?.set.keys.some((key) => key.kid === kid);
  if (known && ageMs < KEYS_KEPT_MS && (isNamed || ageMs < REFRESH_MS)) return known.set;
  if (issuers.size >= MOST_ISSUERS) issuers.clear();
  const asked = fetchKeys(issuer).then((set) => ({ set, atMs: clock.now() }));
  issuers.set(issuer, asked);
  asked.catch(() => {
    if (issuers.get(issuer) === asked) issuers.delete(issuer);
  });
  return (await asked).set;
}

async function fetchKeys(issuer: string): Promise<JSONWebKeySet> {
  const base = issuer.replace(/\/$/, "");
  const discovery = await fetchJson(
    `${base}/.well-known/openid-configuration`,
    "OIDC discovery endpoint communication error",
  );
  const { jwks_uri: uri } = discovery as { readonly jwks_uri?: unknown };
  if (typeof uri !== "string") throw new IssuerError("OIDC discovery endpoint communication error");
  const set = await fetchJson(uri, "JWKS communication error");
  if (!Array.isArray((set as Partial<JSONWebKeySet>).keys)) throw new IssuerError("JWKS communication error");
  return set as JSONWebKeySet;
}

async function fetchJson(url: string, failure: string): Promise<object> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS) });
    const json: unknown = await response.json();
    if (response.ok && typeof json === "object" && json !== null) return json;
  } catch {
    // It is told below, as whatever else the issuer does not answer rightly.
  }
  throw new IssuerError(failure);
}

/** All claims as texts, as functions and mappings see them: `[a b]` for a list. */
export function claimTexts(claims: JWTPayload): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, claimText(value)]));
}

function claimText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(claimText).join(" ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return `map[${members.map(([name, member]) => `${name}:${claimText(member)}`).join(" ")}]`;
  }
  return String(value);
}

/** `scope` or `scp`, as one text or a list. */
export function scopesOf({ scope, scp }: JWTPayload): string[] {
  const given = scope ?? scp;
  if (Array.isArray(given)) return given.map(String);
  return typeof given === "string" ? given.split(" ").filter((each) => each !== "") : [];
}
