import { type HttpHeaders, OF_CONNECTIONS } from "../../../../kernel/http.ts";
import { remapped } from "../../../proxy-event.ts";

// What an API does not pass on under its own name.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html

/** A client's, which concern its connection to the API alone. */
const OF_THE_CLIENT = new Set([...OF_CONNECTIONS, "content-length", "expect"]);

/** A backend's that no client gets to see. */
const DROPPED = new Set([
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A backend's that reach clients as `x-amzn-Remapped-…`: the API or the browser has its own. */
const REMAPPED = new Set([
  "authorization",
  "connection",
  "content-length",
  "content-md5",
  "date",
  "max-forwards",
  "server",
  "user-agent",
  "www-authenticate",
  "x-amzn-requestid",
]);

/** What of a client's headers reaches a backend. */
export const passedOn = (headers: HttpHeaders): HttpHeaders =>
  headers.filter(([name]) => !OF_THE_CLIENT.has(name.toLowerCase()));

/** What of a backend's headers reaches the client of a proxy integration. */
export const passedBack = (headers: HttpHeaders): HttpHeaders =>
  remapped(
    headers.filter(([name]) => !DROPPED.has(name.toLowerCase())),
    REMAPPED,
  );

/** Of an answer that says none. */
export const JSON_TYPE = ["Content-Type", "application/json"] as const;

/** A secret as logs have it: its last characters alone. */
export const hidden = (value: string) => value.replace(/.(?=.{6})/gs, "*");

/** What nobody is to read in a log, but for its last characters. */
const SECRET = new Set(["authorization", "x-amz-security-token", "x-api-key"]);

/** As execution logs print them: `{Accept=text/html, Host=…}`. */
export function printed(pairs: Iterable<readonly [string, string | readonly string[]]>): string {
  const shown = [...pairs].map(([name, value]) => {
    const isSecret = SECRET.has(name.toLowerCase());
    return `${name}=${isSecret ? hidden(String(value)) : value}`;
  });
  return `{${shown.join(", ")}}`;
}
