import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Scope } from "../../../kernel/scope.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";

/** As it is kept: dates are milliseconds, and what is not there is absent. */
type Kept<Shape> = Omit<Shape, "CreatedDate" | "LastUpdatedDate" | "Tags">;

export interface ApiRecord extends Scope, Kept<sdk.Api> {
  readonly v: 1;
  readonly ApiId: string;
  readonly createdMs: number;
  readonly Tags: Readonly<Record<string, string>>;
}

export interface StageRecord extends Kept<sdk.Stage> {
  readonly v: 1;
  readonly StageName: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** How often what authorizers decided was to be forgotten. */
  readonly authorizersReset?: number;
  readonly Tags: Readonly<Record<string, string>>;
}

export interface DeploymentRecord extends Kept<sdk.Deployment> {
  readonly v: 1;
  readonly DeploymentId: string;
  readonly createdMs: number;
}

export interface RouteRecord extends Omit<sdk.Route, "RouteKey"> {
  readonly v: 1;
  readonly RouteId: string;
  readonly RouteKey: string;
}

export interface IntegrationRecord extends sdk.Integration {
  readonly v: 1;
  readonly IntegrationId: string;
}

export interface AuthorizerRecord extends sdk.Authorizer {
  readonly v: 1;
  readonly AuthorizerId: string;
}

export interface ModelRecord extends Omit<sdk.Model, "Name"> {
  readonly v: 1;
  readonly ModelId: string;
  readonly Name: string;
}

export interface IntegrationResponseRecord extends Omit<sdk.IntegrationResponse, "IntegrationResponseKey"> {
  readonly v: 1;
  readonly IntegrationResponseKey: string;
  readonly IntegrationId: string;
  readonly IntegrationResponseId: string;
}

export interface RouteResponseRecord extends sdk.RouteResponse {
  readonly v: 1;
  readonly RouteId: string;
  readonly RouteResponseId: string;
}

/** What an API is made of, by the kind of part. */
export interface Parts {
  route: RouteRecord;
  integration: IntegrationRecord;
  authorizer: AuthorizerRecord;
  model: ModelRecord;
  integrationResponse: IntegrationResponseRecord;
  routeResponse: RouteResponseRecord;
  stage: StageRecord;
  deployment: DeploymentRecord;
}

export type PartKind = keyof Parts;

/** What a deployment holds: the API as it was. */
export interface Snapshot {
  readonly v: 1;
  readonly api: ApiRecord;
  readonly routes: readonly RouteRecord[];
  readonly integrations: readonly IntegrationRecord[];
  readonly authorizers: readonly AuthorizerRecord[];
  readonly integrationResponses: readonly IntegrationResponseRecord[];
  readonly routeResponses: readonly RouteResponseRecord[];
  readonly models: readonly ModelRecord[];
}

const at = ({ account, region }: Scope, ...rest: Key): Key => ["apigw", account, region, ...rest];
const apiKey = (scope: Scope, apiId: string) => at(scope, "api", apiId);
const partKey = (apiId: string, kind: PartKind, ...id: Key): Key => ["apigwPart", apiId, kind, ...id];
const snapshotKey = (apiId: string, deploymentId: string): Key => ["apigwSnapshot", apiId, deploymentId];

export async function readApi(tx: Transaction, scope: Scope, apiId: string): Promise<ApiRecord | undefined> {
  return (await tx.get(apiKey(scope, apiId))) as unknown as ApiRecord | undefined;
}

export function writeApi(tx: Transaction, api: ApiRecord): void {
  tx.set(apiKey(api, api.ApiId), api as unknown as Value);
}

/** With all that is in it. */
export function deleteApiRecord(tx: Transaction, api: ApiRecord): void {
  tx.delete(apiKey(api, api.ApiId));
  tx.clear({ prefix: ["apigwPart", api.ApiId] });
  tx.clear({ prefix: ["apigwSnapshot", api.ApiId] });
}

export async function* apisOf(tx: Transaction, scope: Scope, after?: string) {
  const prefix = at(scope, "api");
  for await (const [, value] of tx.range({ prefix, ...(after ? { gt: [...prefix, after] } : {}) })) {
    yield value as unknown as ApiRecord;
  }
}

export async function readPart<Kind extends PartKind>(
  tx: Transaction,
  apiId: string,
  kind: Kind,
  ...id: Key
): Promise<Parts[Kind] | undefined> {
  return (await tx.get(partKey(apiId, kind, ...id))) as unknown as Parts[Kind] | undefined;
}

export function writePart<Kind extends PartKind>(
  tx: Transaction,
  apiId: string,
  kind: Kind,
  id: Key,
  part: Parts[Kind],
): void {
  tx.set(partKey(apiId, kind, ...id), part as unknown as Value);
}

export function deletePart(tx: Transaction, apiId: string, kind: PartKind, ...id: Key): void {
  tx.delete(partKey(apiId, kind, ...id));
}

/** In order of their ids; `of`: the integration or route whose they are. */
export async function* partsOf<Kind extends PartKind>(
  tx: Transaction,
  apiId: string,
  kind: Kind,
  ...of: Key
): AsyncGenerator<Parts[Kind]> {
  for await (const [, value] of tx.range({ prefix: partKey(apiId, kind, ...of) })) {
    yield value as unknown as Parts[Kind];
  }
}

export async function listParts<Kind extends PartKind>(
  tx: Transaction,
  apiId: string,
  kind: Kind,
  ...of: Key
): Promise<Parts[Kind][]> {
  const all: Parts[Kind][] = [];
  for await (const part of partsOf(tx, apiId, kind, ...of)) all.push(part);
  return all;
}

export function clearParts(tx: Transaction, apiId: string, kind: PartKind, ...of: Key): void {
  tx.clear({ prefix: partKey(apiId, kind, ...of) });
}

export async function takeSnapshot(tx: Transaction, api: ApiRecord): Promise<Snapshot> {
  return {
    v: 1,
    api,
    routes: await listParts(tx, api.ApiId, "route"),
    integrations: await listParts(tx, api.ApiId, "integration"),
    authorizers: await listParts(tx, api.ApiId, "authorizer"),
    integrationResponses: await listParts(tx, api.ApiId, "integrationResponse"),
    routeResponses: await listParts(tx, api.ApiId, "routeResponse"),
    models: await listParts(tx, api.ApiId, "model"),
  };
}

export function writeSnapshot(tx: Transaction, deploymentId: string, snapshot: Snapshot): void {
  tx.set(snapshotKey(snapshot.api.ApiId, deploymentId), snapshot as unknown as Value);
}

export async function readSnapshot(
  tx: Transaction,
  apiId: string,
  deploymentId: string,
): Promise<Snapshot | undefined> {
  return (await tx.get(snapshotKey(apiId, deploymentId))) as unknown as Snapshot | undefined;
}

export function deleteSnapshot(tx: Transaction, apiId: string, deploymentId: string): void {
  tx.delete(snapshotKey(apiId, deploymentId));
}
