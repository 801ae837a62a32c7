import type { Cors } from "@aws-sdk/client-apigatewayv2";

// CORS as an HTTP API does it by itself.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html

/** A browser asks before it sends what another origin's page wants sent. */
export function isPreflight(method: string, header: (name: string) => string | undefined): boolean {
  return (
    method === "OPTIONS" &&
    header("origin") !== undefined &&
    header("access-control-request-method") !== undefined
  );
}

/** What the answer to a preflight request says; nothing where the origin is none of those allowed. */
export function preflightHeaders(cors: Cors, origin: string): [string, string][] {
  const allowed = allowedOrigin(cors, origin);
  if (allowed === undefined) return [];
  const { AllowMethods = [], AllowHeaders = [], MaxAge } = cors;
  const headers: [string, string][] = [["access-control-allow-origin", allowed]];
  if (AllowMethods.length > 0) headers.push(["access-control-allow-methods", AllowMethods.join(",")]);
  if (AllowHeaders.length > 0) headers.push(["access-control-allow-headers", AllowHeaders.join(",")]);
  if (MaxAge !== undefined && MaxAge !== 0) headers.push(["access-control-max-age", String(MaxAge)]);
  if (cors.AllowCredentials) headers.push(["access-control-allow-credentials", "true"]);
  return headers;
}

/** What any other answer says. */
export function corsHeaders(cors: Cors, origin: string | undefined): [string, string][] {
  const allowed = origin === undefined ? undefined : allowedOrigin(cors, origin);
  if (allowed === undefined) return [];
  const { ExposeHeaders = [], AllowCredentials } = cors;
  const headers: [string, string][] = [["access-control-allow-origin", allowed]];
  if (AllowCredentials) headers.push(["access-control-allow-credentials", "true"]);
  if (ExposeHeaders.length > 0) headers.push(["access-control-expose-headers", ExposeHeaders.join(",")]);
  return headers;
}

/** What an integration says of CORS is passed over where the API itself speaks of it. */
export const isCorsHeader = (name: string) => name.toLowerCase().startsWith("access-control-");

/** `*` as such, else the origin; `https://*` stands for every origin of the scheme. */
function allowedOrigin({ AllowOrigins = [] }: Cors, origin: string): string | undefined {
  if (AllowOrigins.includes("*")) return "*";
  const wanted = origin.toLowerCase();
  const isAllowed = AllowOrigins.some((one) => {
    const allowed = one.toLowerCase();
    return allowed === wanted || (allowed.endsWith("://*") && wanted.startsWith(allowed.slice(0, -1)));
  });
  return isAllowed ? origin : undefined;
}
