import { apiHost } from "../addresses.ts";
import type { ApiRecord, DeploymentRecord, StageRecord } from "./records.ts";

// Records as the API shows them.

/** `host`: `localhost:4566`. */
export function shownApi({ createdMs, Tags, ...api }: ApiRecord, endpoint: string) {
  const scheme = api.ProtocolType === "WEBSOCKET" ? "ws" : "http";
  const host = endpoint.replace(/^https?:\/\//, "");
  return {
    ...api,
    ApiEndpoint: `${scheme}://${apiHost({ apiId: api.ApiId, region: api.region }, host)}`,
    CreatedDate: dateOf(createdMs),
    Tags: { ...Tags },
  };
}

export function shownStage({ createdMs, updatedMs, Tags, ...stage }: StageRecord) {
  return {
    ...stage,
    CreatedDate: dateOf(createdMs),
    LastUpdatedDate: dateOf(updatedMs),
    Tags: { ...Tags },
  };
}

export function shownDeployment({ createdMs, ...deployment }: DeploymentRecord) {
  return { ...deployment, CreatedDate: dateOf(createdMs) };
}

/** Dates are given to the second. */
function dateOf(timeMs: number): Date {
  return new Date(Math.floor(timeMs / 1000) * 1000);
}
