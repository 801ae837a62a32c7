import type { HttpHeaders, HttpResponse, HttpSeen } from "../../../kernel/http.ts";
import type { Answer } from "../faults.ts";

/** What the gateway answers by itself: a message in JSON. */
export function answer(
  { status, message }: Answer,
  headers: HttpHeaders = [],
  seen?: HttpSeen,
): HttpResponse {
  return {
    status,
    headers: [["content-type", "application/json"], ...headers],
    body: JSON.stringify({ message }),
    ...(seen ? { seen } : {}),
  };
}
