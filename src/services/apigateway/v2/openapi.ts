import type * as sdk from "@aws-sdk/client-apigatewayv2";
import { stringify } from "yaml";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { badRequest } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import { readOpenApi } from "../openapi/document.ts";
import { newApi } from "./apis.ts";
import { newAuthorizer } from "./authorizers.ts";
import { change, look, requirePart, settle } from "./changes.ts";
import { checkApi, checkCors, checkRouteKey } from "./checks.ts";
import { newIntegration } from "./integrations.ts";
import { type ReadHttpApi, type ReadRoute, readHttpApi } from "./openapi-read.ts";
import { writeHttpApi } from "./openapi-write.ts";
import { type ApiRecord, clearParts, readSnapshot, takeSnapshot, writeApi, writePart } from "./records.ts";
import { newRoute } from "./routes.ts";
import { shownApi } from "./shown.ts";

export const openApi = {
  async ImportApi(input, context) {
    const read = readBody(input.Body, input.FailOnWarnings);
    const made = newApi(context, { ProtocolType: "HTTP", ...settingsOf(read), Tags: { ...read.tags } });
    const parts = partsOf(context, made, read, input.Basepath);
    const settling = { revision: context.ids.hex(16), deploymentId: newResourceId(context.ids) };
    await context.store.transact(async (tx) => {
      writeApi(tx, made);
      writeParts(tx, made, parts);
      await settle(tx, made, { nowMs: made.createdMs, ...settling });
    });
    return answerOf(made, read, context);
  },

  async ReimportApi(input, context) {
    const read = readBody(input.Body, input.FailOnWarnings);
    const changed = await change(context, input.ApiId, async ({ tx, api }) => {
      if (api.ProtocolType !== "HTTP") throw badRequest("Only HTTP APIs can be imported");
      const { CorsConfiguration: _, ...rest } = api;
      const next: ApiRecord = { ...rest, ...settingsOf(read), Tags: { ...api.Tags, ...read.tags } };
      writeApi(tx, next);
      for (const kind of ["route", "integration", "authorizer"] as const) clearParts(tx, api.ApiId, kind);
      writeParts(tx, next, partsOf(context, next, read, input.Basepath));
      return next;
    });
    return answerOf(changed, read, context);
  },

  async ExportApi(input, context) {
    const { Specification, OutputType, StageName, IncludeExtensions = true, ExportVersion = "1.0" } = input;
    if (Specification !== "OAS30") throw badRequest("Invalid specification: the only supported one is OAS30");
    if (ExportVersion !== "1.0") throw badRequest("Invalid export version: the only supported one is 1.0");
    if (OutputType !== "JSON" && OutputType !== "YAML") throw badRequest("Output type must be JSON or YAML");
    const document = await look(context, input.ApiId, async (tx, api) => {
      if (api.ProtocolType !== "HTTP") throw badRequest("Only HTTP APIs can be exported");
      const snapshot = await exported(tx, api, StageName);
      const url = shownApi(api, context.endpoint).ApiEndpoint;
      const basePath = StageName === undefined || StageName === "$default" ? "" : StageName;
      return writeHttpApi(snapshot, { url: `${url}/{basePath}`, basePath }, IncludeExtensions);
    });
    const text = OutputType === "YAML" ? stringify(document) : JSON.stringify(document, undefined, 2);
    return { body: Buffer.from(text) };
  },
} satisfies Handlers<typeof sdk>;

/** What a stage shows, or the API as it is now. */
async function exported(tx: Transaction, api: ApiRecord, stageName: string | undefined) {
  if (stageName === undefined) return takeSnapshot(tx, api);
  const { DeploymentId } = await requirePart(tx, api.ApiId, "stage", stageName);
  const snapshot = DeploymentId && (await readSnapshot(tx, api.ApiId, DeploymentId));
  if (!snapshot) throw badRequest("The stage has no deployment");
  return snapshot;
}

function readBody(body: string | undefined, failOnWarnings: boolean | undefined): ReadHttpApi {
  const document = readOpenApi(Buffer.from(body ?? ""));
  if (document?.version === "2.0") {
    throw badRequest("Unsupported OpenAPI version: HTTP APIs are imported from OpenAPI 3.0");
  }
  if (!document) throw badRequest("Unable to parse API definition because of a malformed OpenAPI document");
  const read = readHttpApi(document.root);
  if (failOnWarnings && read.warnings.length > 0) {
    throw badRequest(`Warnings found during import:\n\t${read.warnings.join("\n\t")}`);
  }
  return read;
}

function settingsOf({ name, version, description, cors, isHidden }: ReadHttpApi) {
  const settings = {
    Name: name ?? "",
    ...(version ? { Version: version } : {}),
    ...(description === undefined ? {} : { Description: description }),
    ...(cors ? { CorsConfiguration: cors } : {}),
    DisableExecuteApiEndpoint: isHidden,
  };
  checkApi(settings);
  checkCors(cors);
  return settings;
}

interface MadeParts {
  readonly integrations: readonly ReturnType<typeof newIntegration>[];
  readonly authorizers: readonly ReturnType<typeof newAuthorizer>[];
  readonly routes: readonly ReturnType<typeof newRoute>[];
}

/** Routes, integrations and authorizers with ids. Throws for what the control plane refuses of each. */
function partsOf(
  { ids }: Context,
  api: ApiRecord,
  read: ReadHttpApi,
  basePathMode: string | undefined,
): MadeParts {
  const integrations = read.integrations.map((one) => newIntegration(api, newResourceId(ids), one));
  const authorizers = read.authorizers.map((one) => newAuthorizer(api, newResourceId(ids), one));
  const prefix = prefixOf(read.basePath, basePathMode);
  const routes = read.routes.map((route) => {
    const key = withPrefix(route, prefix);
    checkRouteKey(api, key);
    const integration = route.integration === undefined ? undefined : integrations[route.integration];
    const authorizer = authorizers.find(({ Name }) => Name === route.authorizer);
    return newRoute(newResourceId(ids), {
      RouteKey: key,
      AuthorizationType: route.authorizationType,
      ...(route.operationName === undefined ? {} : { OperationName: route.operationName }),
      ...(integration ? { Target: `integrations/${integration.IntegrationId}` } : {}),
      ...(authorizer ? { AuthorizerId: authorizer.AuthorizerId } : {}),
      ...(route.scopes.length > 0 ? { AuthorizationScopes: [...route.scopes] } : {}),
    });
  });
  return { integrations, authorizers, routes };
}

/** What of the server's path goes before each route's: nothing, all of it, or all but its first part. */
function prefixOf(basePath: string, mode = "ignore"): string {
  if (mode === "ignore") return "";
  if (mode === "prepend") return basePath;
  if (mode !== "split") throw badRequest("Invalid basepath specified: it must be ignore, prepend or split");
  const slash = basePath.indexOf("/", 1);
  return slash < 0 ? "" : basePath.slice(slash);
}

function withPrefix({ key }: ReadRoute, prefix: string): string {
  if (prefix === "" || key === "$default") return key;
  const [method, path = ""] = key.split(" ");
  return `${method} ${prefix}${path === "/" ? "" : path}`;
}

function writeParts(
  tx: Transaction,
  { ApiId }: ApiRecord,
  { integrations, authorizers, routes }: MadeParts,
): void {
  for (const one of integrations) writePart(tx, ApiId, "integration", [one.IntegrationId], one);
  for (const one of authorizers) writePart(tx, ApiId, "authorizer", [one.AuthorizerId], one);
  for (const one of routes) writePart(tx, ApiId, "route", [one.RouteId], one);
}

function answerOf(api: ApiRecord, { warnings }: ReadHttpApi, context: Context) {
  return { ...shownApi(api, context.endpoint), ...(warnings.length > 0 ? { Warnings: [...warnings] } : {}) };
}
