import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Fault } from "../../../kernel/faults.ts";
import { faultsOf } from "../../define.ts";

// The wordings are the service's own, as clients and tools quote them.

const fault = faultsOf<typeof sdk>();

export const badRequest = (message: string): Fault => fault("BadRequestException", message);
export const conflict = (message: string): Fault => fault("ConflictException", message);
export const notFound = (message: string): Fault => fault("NotFoundException", message);
export const limitExceeded = (message: string): Fault => fault("LimitExceededException", message);

export const noApi = (account: string, apiId: string) =>
  notFound(`Invalid API identifier specified ${account}:${apiId}`);

/** `Resource`, `Method`, `Integration`, `stage`, …: as the service calls it. */
export const noPart = (kind: string) => notFound(`Invalid ${kind} identifier specified`);
