import type { HttpResponse } from "../../../kernel/http.ts";

/** What is to reach the client, its body whole. */
export interface ProxyAnswer {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: Uint8Array | string;
}

/** What a function's answer was read as. */
export function toAnswer({ status, headers, body = "" }: HttpResponse): ProxyAnswer {
  const whole = typeof body === "string" || body instanceof Uint8Array ? body : "";
  return { status, headers: headers.map(([name, value]) => [name, value]), body: whole };
}
