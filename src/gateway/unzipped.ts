import { gunzipSync } from "node:zlib";
import type { Exchange } from "./exchange.ts";
import { Refusal } from "./refusals.ts";

/** A few bytes can be made to unfold into any number of them. */
const MOST_BYTES = 16 * 1024 * 1024;

/** A body as it was before the client compressed it: SDKs do so with large requests of CloudWatch. */
export function unzipped(x: Exchange, body: Uint8Array): Uint8Array {
  if (x.headers["content-encoding"] !== "gzip" || x.protocol?.id.startsWith("rest") || body.length === 0)
    return body;
  try {
    return gunzipSync(body, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    throw new Refusal(isLarge ? "tooLarge" : "badRequest");
  }
}
