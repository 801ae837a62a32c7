import { after } from "../../kernel/realtime.ts";
import { DeliveryFailure } from "./failures.ts";

const PATIENCE_MS = 15_000;
const AGENT = "Amazon Simple Notification Service Agent";

type Headers = Readonly<Record<string, string>>;

/** What is said of a message besides its text, each in a header of its own. */
export interface Labels {
  readonly "Message-Type": string;
  readonly "Message-Id": string;
  readonly "Topic-Arn": string;
  readonly "Subscription-Arn"?: string;
  readonly Rawdelivery?: "true";
}

/** Posts a message to an HTTP endpoint, once; throws why it was not taken. Real time counts. */
export async function post(
  endpoint: string,
  body: string,
  labels: Labels,
  contentType = "text/plain; charset=UTF-8",
): Promise<void> {
  const { url, authorization } = withoutUser(endpoint);
  const labelled = Object.entries(labels).map(([name, value]) => [`X-Amz-Sns-${name}`, value]);
  const headers = {
    ...Object.fromEntries(labelled),
    ...authorization,
    "Content-Type": contentType,
    "User-Agent": AGENT,
  };
  const patience = new AbortController();
  const timer = after(PATIENCE_MS, () => patience.abort());
  let status: number;
  try {
    const request = { method: "POST", headers, body, redirect: "manual", signal: patience.signal } as const;
    const response = await fetch(url, request);
    status = response.status;
    await response.body?.cancel();
  } catch (error) {
    const message = patience.signal.aborted
      ? `${url} gave no answer within ${PATIENCE_MS / 1000} seconds`
      : `${url} could not be reached: ${causeOf(error)}`;
    throw new DeliveryFailure({ code: "EndpointUnreachable", message, retryable: true });
  } finally {
    timer.cancel();
  }
  if (status >= 200 && status < 300) return;
  throw new DeliveryFailure({
    code: `HTTP${status}`,
    message: `${url} answered with status ${status}`,
    retryable: isRetryable(status),
  });
}

/**
 * What the client is told to be wrong stays wrong, but for too many requests.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
function isRetryable(status: number): boolean {
  return status < 200 || status === 429 || status >= 500;
}

/**
 * User and password of an address are sent as a header.
 * https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html
 */
function withoutUser(endpoint: string): { url: string; authorization: Headers } {
  const url = new URL(endpoint);
  if (url.username === "" && url.password === "") return { url: url.toString(), authorization: {} };
  const user = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = "";
  url.password = "";
  const authorization = `Basic ${Buffer.from(user).toString("base64")}`;
  return { url: url.toString(), authorization: { Authorization: authorization } };
}

/** What is no proper escape stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
}
