import { fault, invalid } from "./faults.ts";

/** A token may be used for this long. */
const LIFETIME_MS = 300_000;

/** What a list goes on from. `kind`: the operation that gave it. */
export function formatToken(kind: string, state: object, nowMs: number): string {
  return Buffer.from(JSON.stringify({ kind, issuedMs: Math.floor(nowMs), state })).toString("base64");
}

/** Faults: InvalidArgumentException for no token of the kind, ExpiredNextTokenException for an old one. */
export function parseToken<State>(kind: string, token: string, nowMs: number): State {
  const read = readToken(token);
  if (read?.kind !== kind || typeof read.issuedMs !== "number") throw invalid("NextToken is invalid.");
  if (nowMs - read.issuedMs > LIFETIME_MS) {
    throw fault("ExpiredNextTokenException", "The NextToken has expired: it is valid for 300 seconds.");
  }
  return read.state as State;
}

function readToken(token: string): { kind?: unknown; issuedMs?: unknown; state?: unknown } | undefined {
  try {
    return JSON.parse(Buffer.from(token, "base64").toString()) ?? undefined;
  } catch {
    return undefined;
  }
}
