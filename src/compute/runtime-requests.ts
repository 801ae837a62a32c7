import type { IncomingMessage, ServerResponse } from "node:http";

/** What a runtime is told instead of what it asked for. */
export interface Refusal {
  readonly status: number;
  readonly errorType: string;
  readonly errorMessage: string;
}

/** The largest body of an answer, in bytes: 6 MB and what AWS grants beyond. */
export const LARGEST_ANSWER_BYTES = 6_291_556;

export const TOO_LARGE: Refusal = {
  status: 413,
  errorType: "RequestEntityTooLarge",
  errorMessage: `Exceeded maximum allowed payload size (${LARGEST_ANSWER_BYTES} bytes).`,
};
export const WRONG_ID: Refusal = {
  status: 400,
  errorType: "InvalidRequestID",
  errorMessage: "Invalid request ID",
};
export const WRONG_MODE: Refusal = {
  status: 400,
  errorType: "InvalidFunctionResponseMode",
  errorMessage: "Invalid function response mode",
};
export const STRANGER: Refusal = {
  status: 403,
  errorType: "Forbidden",
  errorMessage: "This is the runtime API of another environment.",
};

export function wrongOrder(from: string, to: string): Refusal {
  const failed = `State transition from ${from} to ${to} failed for runtime.`;
  const errorMessage = `${failed} Error: State transition is not allowed`;
  return { status: 403, errorType: "InvalidStateTransition", errorMessage };
}

export function accept(response: ServerResponse): void {
  write(response, 202, { status: "OK" });
}

export function refuse(response: ServerResponse, { status, errorMessage, errorType }: Refusal): void {
  write(response, status, { errorMessage, errorType });
}

/** For a path that the API does not have. */
export function notFound(response: ServerResponse): void {
  response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
}

function write(response: ServerResponse, status: number, document: object): void {
  const body = `${JSON.stringify(document)}\n`;
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, headers).end(body);
}

/**
 * A request's body; `large` when it is beyond the limit, `cut` when the connection broke before its end. It
 * is read to its end in any case: a client that still writes would not see the answer.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer | "large" | "cut"> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes <= LARGEST_ANSWER_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    }
  } catch {
    return "cut";
  }
  return sizeBytes > LARGEST_ANSWER_BYTES ? "large" : Buffer.concat(chunks);
}

/** A header or a trailer that a runtime sends once. */
export function only(
  values: Record<string, string | string[] | undefined>,
  name: string,
): string | undefined {
  const value = values[name];
  return Array.isArray(value) ? value[0] : value;
}

const WITH_CAUSE = "application/vnd.aws.lambda.error.cause+json";

/** The error that a runtime reports: its document as the caller gets it, and its type. */
export function errorOf(
  { headers }: Pick<IncomingMessage, "headers">,
  body: Buffer,
): { readonly document: Buffer; readonly errorType: string } {
  const parsed = parseObject(body);
  const told = parsed?.errorType ?? only(headers, "lambda-runtime-function-error-type");
  const errorType = typeof told === "string" && told !== "" ? told : "Function.Unknown";
  if (headers["content-type"] !== WITH_CAUSE) return { document: body, errorType };
  // The cause is for X-Ray.
  const { errorMessage, errorType: type, stackTrace } = parsed ?? {};
  const document = parsed ? { errorMessage, errorType: type, stackTrace } : "Invalid error body";
  return { document: Buffer.from(JSON.stringify(document)), errorType };
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
