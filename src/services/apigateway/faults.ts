import type * as v2 from "@aws-sdk/client-apigatewayv2";
import type { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

// Both APIs of the control plane name these errors alike. The wordings are those of the service itself, as
// clients and tools quote them.

const fault = faultsOf<typeof v2>();

export function badRequest(message: string): Fault {
  return fault("BadRequestException", message, { Message: message });
}

export function conflict(message: string): Fault {
  return fault("ConflictException", message, { Message: message });
}

/** `resource`: `Route`, `Integration`, `VpcLink`, … */
export function notFound(message: string): Fault {
  return fault("NotFoundException", message, { Message: message });
}

export function noApi(account: string, apiId: string): Fault {
  return notFound(`Invalid API identifier specified ${account}:${apiId}`);
}

export function noPart(kind: string): Fault {
  return notFound(`Invalid ${kind} identifier specified`);
}

export function noDomain(): Fault {
  return notFound("Invalid domain name identifier specified");
}

export function noMapping(): Fault {
  return notFound("Invalid mapping identifier specified");
}

/** What an API answers by itself. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html */
export const ANSWERS = {
  badRequest: { status: 400, message: "Bad Request" },
  unauthorized: { status: 401, message: "Unauthorized" },
  forbidden: { status: 403, message: "Forbidden" },
  notFound: { status: 404, message: "Not Found" },
  tooLarge: { status: 413, message: "Request Entity Too Large" },
  headersTooLarge: { status: 431, message: "Request Header Fields Too Large" },
  tooMany: { status: 429, message: "Too Many Requests" },
  internal: { status: 500, message: "Internal Server Error" },
  badGateway: { status: 502, message: "Internal server error" },
  notImplemented: { status: 501, message: "Not Implemented" },
  unavailable: { status: 503, message: "Service Unavailable" },
} as const;

export interface Answer {
  readonly status: number;
  readonly message: string;
}
