import { after } from "../../kernel/realtime.ts";
import { outsideFault } from "./failures.ts";

export type Parameters = readonly {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}[];

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html */
const LONGEST_CALL_MS = 5000;
const LONGEST_ANSWER = 64 * 1024;

export interface Answer {
  readonly status: number;
  /** The first part of it. */
  readonly body: string;
  readonly retryAfter: string | undefined;
}

/** One HTTP request to somebody outside, whatever he answers; a fault when he does not. Real time counts. */
export async function ask(
  url: string,
  request: { readonly method: string; readonly headers: Headers; readonly body?: string },
): Promise<Answer> {
  const patience = new AbortController();
  const timer = after(LONGEST_CALL_MS, () => patience.abort());
  try {
    const response = await fetch(url, { ...request, signal: patience.signal, redirect: "manual" });
    return {
      status: response.status,
      body: await beginningOf(response),
      retryAfter: response.headers.get("retry-after") ?? undefined,
    };
  } catch (error) {
    if (patience.signal.aborted) {
      throw outsideFault("Timeout", `${url} gave no answer within ${LONGEST_CALL_MS / 1000} seconds.`, true);
    }
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw outsideFault("ConnectionFailure", `${url} could not be reached: ${cause}`, true);
  } finally {
    timer.cancel();
  }
}

/** An answer without an end is not read to its end. */
async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_ANSWER) break;
  }
  return text;
}

export function withQuery(url: string, parameters: readonly (readonly [string, string])[]): string {
  const full = new URL(url);
  for (const [key, value] of parameters) full.searchParams.set(key, value);
  return full.toString();
}
