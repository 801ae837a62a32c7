import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Scope } from "../../../kernel/scope.ts";
import type { Key } from "../../../store/store.ts";

// What belongs to an account in a Region and to no API: keys, usage plans, certificates, links, settings.

export interface KeyRecord extends Scope {
  readonly v: 1;
  readonly id: string;
  /** Without its dates. */
  readonly key: sdk.ApiKey;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface PlanRecord extends Scope {
  readonly v: 1;
  readonly id: string;
  readonly plan: sdk.UsagePlan;
}

/** What a key has used of a plan's quota on one day. */
export interface UsageRecord {
  readonly v: 1;
  readonly used: number;
  /** What is left of the quota's period after it. */
  readonly remaining: number;
}

export interface CertificateRecord {
  readonly v: 1;
  readonly certificate: sdk.ClientCertificate;
  readonly privateKey: string;
  readonly createdMs: number;
  readonly expiresMs: number;
}

export const keyKey = ({ account, region }: Scope, id: string): Key => ["apigwKey", account, region, id];
/** By its value, a key is found when a request bears it. */
export const keyValueKey = ({ account, region }: Scope, value: string): Key => [
  "apigwKeyValue",
  account,
  region,
  value,
];
export const planKey = ({ account, region }: Scope, id: string): Key => ["apigwPlan", account, region, id];
/** That a key belongs to a plan. */
export const planKeyKey = (planId: string, keyId: string): Key => ["apigwPlanKey", planId, keyId];
/** `2026-11-27` */
export const usageKey = (planId: string, keyId: string, day: string): Key => [
  "apigwUsage",
  planId,
  keyId,
  day,
];
export const certificateKey = ({ account, region }: Scope, id: string): Key => [
  "apigwCertificate",
  account,
  region,
  id,
];
export const linkKey = ({ account, region }: Scope, id: string): Key => [
  "apigwRestLink",
  account,
  region,
  id,
];
export const accountKey = ({ account, region }: Scope): Key => ["apigwAccount", account, region];

/** All of a kind in an account and Region. */
export const allOf = (key: (scope: Scope, id: string) => Key, scope: Scope): Key =>
  key(scope, "").slice(0, -1);
