import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";

// What is kept of REST APIs, and under which keys. Documents have the shapes that the API itself gives, so
// that what is patched, exported and deployed is one thing.

/** What a deployment takes a copy of: it answers requests as it was then. */
export interface RestDefinition {
  readonly api: sdk.RestApi;
  readonly resources: Readonly<Record<string, sdk.Resource>>;
  readonly models: Readonly<Record<string, sdk.Model>>;
  readonly validators: Readonly<Record<string, sdk.RequestValidator>>;
  readonly authorizers: Readonly<Record<string, sdk.Authorizer>>;
  /** Only those that were customised, by type. */
  readonly gatewayResponses: Readonly<Record<string, sdk.GatewayResponse>>;
}

export interface RestApiRecord extends Scope, RestDefinition {
  readonly v: 1;
  readonly apiId: string;
  readonly createdMs: number;
}

export interface DeploymentRecord {
  readonly v: 1;
  readonly apiId: string;
  readonly id: string;
  readonly description?: string | undefined;
  readonly createdMs: number;
  readonly definition: RestDefinition;
}

export interface StageRecord extends Scope {
  readonly v: 1;
  readonly apiId: string;
  readonly name: string;
  /** Without its dates. */
  readonly stage: sdk.Stage;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Change when what is kept of answers, or of authorizers' decisions, is to be forgotten. */
  readonly cacheRevision?: string;
  readonly authorizersRevision?: string;
}

export interface DocumentationRecord {
  readonly v: 1;
  readonly apiId: string;
  readonly part: sdk.DocumentationPart;
}

export interface DocumentationVersionRecord {
  readonly v: 1;
  readonly apiId: string;
  readonly version: string;
  readonly description?: string | undefined;
  readonly createdMs: number;
  readonly parts: readonly sdk.DocumentationPart[];
}

export const apiKey = ({ account, region }: Scope, apiId: string): Key => [
  "apigwRest",
  account,
  region,
  apiId,
];
export const apisPrefix = ({ account, region }: Scope): Key => ["apigwRest", account, region];
export const deploymentKey = (apiId: string, id: string): Key => ["apigwRestDeployment", apiId, id];
export const stageKey = (apiId: string, name: string): Key => ["apigwRestStage", apiId, name];
export const documentationKey = (apiId: string, id: string): Key => ["apigwRestPart", apiId, id];
export const versionKey = (apiId: string, version: string): Key => ["apigwRestVersion", apiId, version];

export async function read<Record>(tx: Transaction, key: Key): Promise<Record | undefined> {
  return (await tx.get(key)) as Record | undefined;
}

export function write(tx: Transaction, key: Key, record: object): void {
  tx.set(key, record as Value);
}

/** All records whose keys begin so, in the order of their keys. */
export async function readAll<Record>(tx: Transaction, prefix: Key): Promise<Record[]> {
  const records: Record[] = [];
  for await (const [, value] of tx.range({ prefix })) records.push(value as Record);
  return records;
}

/** Removes all whose keys begin so. */
export function clear(tx: Transaction, prefix: Key): void {
  tx.clear({ prefix });
}
