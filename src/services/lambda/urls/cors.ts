import type { HttpHeaders, HttpResponse } from "../../../kernel/http.ts";
import type { CorsRecord } from "./records.ts";

// https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors

/** The answer to a browser that asks before its request, or undefined for any other request. */
export function preflightAnswer(
  method: string,
  headerOf: (name: string) => string | undefined,
  cors: CorsRecord | undefined,
): HttpResponse | undefined {
  const isPreflight = method === "OPTIONS" && headerOf("access-control-request-method") !== undefined;
  // Rules that say nothing are none: the function itself answers.
  if (!isPreflight || !cors || Object.keys(cors).length === 0) return undefined;
  const { allowMethods, allowHeaders, maxAgeSeconds } = cors;
  const origin = originHeaders(headerOf("origin"), cors);
  if (origin.length === 0) return { status: 200, headers: [] };
  return {
    status: 200,
    headers: [
      ...origin,
      ...list("access-control-allow-methods", allowMethods),
      ...list("access-control-allow-headers", allowHeaders),
      ...(maxAgeSeconds === undefined ? [] : [["access-control-max-age", String(maxAgeSeconds)] as const]),
    ],
  };
}

/** An answer's headers with those that are configured, which take the place of the function's own. */
export function withCors(
  headers: HttpHeaders,
  origin: string | undefined,
  cors: CorsRecord | undefined,
): HttpHeaders {
  if (!cors) return headers;
  const own = originHeaders(origin, cors);
  if (own.length === 0) return headers;
  const added = [...own, ...list("access-control-expose-headers", cors.exposeHeaders)];
  const names = new Set(added.map(([name]) => name));
  names.delete("vary");
  return [...headers.filter(([name]) => !names.has(name.toLowerCase())), ...added];
}

/** What lets pages of an origin in; nothing where it is not let in. */
function originHeaders(origin: string | undefined, cors: CorsRecord): HttpHeaders {
  const { allowOrigins = [], allowCredentials } = cors;
  const isAny = allowOrigins.includes("*");
  if (origin === undefined || !(isAny || allowOrigins.includes(origin))) return [];
  // Browsers take no star together with credentials.
  const isNamed = !isAny || allowCredentials === true;
  return [
    ["access-control-allow-origin", isNamed ? origin : "*"],
    ...(isNamed ? [["vary", "Origin"] as const] : []),
    ...(allowCredentials === true ? [["access-control-allow-credentials", "true"] as const] : []),
  ];
}

function list(name: string, values: readonly string[] | undefined): HttpHeaders {
  return values?.length ? [[name, values.join(",")]] : [];
}
