import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Ids } from "../../../../kernel/ids.ts";
import type { Context, Handlers } from "../../../define.ts";
import { newResourceId } from "../../ids.ts";
import { readOpenApi } from "../../openapi/document.ts";
import { defined, describe, newApi } from "../apis.ts";
import { announce, requireApi } from "../change.ts";
import { badRequest } from "../faults.ts";
import { STANDARD_MODELS } from "../models.ts";
import { apiKey, type RestApiRecord, type RestDefinition, write } from "../records.ts";
import { pathBelow } from "../resources.ts";
import { type ReadApi, type ReadMethod, readApi } from "./reading.ts";

export const imports = {
  async ImportRestApi(input, context) {
    const read = readBody(input.body as Uint8Array | undefined);
    return context.store.transact(async (tx) => {
      const { endpointConfigurationTypes, basepath } = input.parameters ?? {};
      const types = endpointConfigurationTypes ? [endpointConfigurationTypes as sdk.EndpointType] : undefined;
      const name = read.info.title ?? "";
      const made = await newApi(tx, context, { name, ...(types && { endpointConfiguration: { types } }) });
      const record = applied(context.ids, made, read, basepath);
      write(tx, apiKey(context.scope, record.apiId), record);
      return answerOf(record, read, input.failOnWarnings);
    });
  },

  async PutRestApi(input, context) {
    const read = readBody(input.body as Uint8Array | undefined);
    return context.store.transact(async (tx) => {
      const old = await requireApi(tx, context, input.restApiId);
      const base = input.mode === "overwrite" ? emptied(context, old) : old;
      const record = applied(context.ids, base, read, input.parameters?.basepath);
      write(tx, apiKey(context.scope, record.apiId), record);
      announce(tx, context, record);
      return answerOf(record, read, input.failOnWarnings);
    });
  },
} satisfies Handlers<typeof sdk>;

function readBody(body: Uint8Array | undefined): ReadApi {
  const document = readOpenApi(body ?? new Uint8Array(0));
  if (!document) {
    throw badRequest(
      "Unable to parse API definition because of a malformed definition at /openapi or /swagger",
    );
  }
  return readApi(document);
}

function answerOf(record: RestApiRecord, { warnings }: ReadApi, failOnWarnings: boolean | undefined) {
  if (failOnWarnings && warnings.length > 0)
    throw badRequest(`Warnings found during import:\n\t${warnings.join("\n\t")}`);
  return { ...describe(record), ...(warnings.length > 0 ? { warnings: [...warnings] } : {}) };
}

/** With nothing but its root. */
function emptied({ ids }: Pick<Context, "ids">, record: RestApiRecord): RestApiRecord {
  const { rootResourceId = "" } = record.api;
  return {
    ...record,
    resources: { [rootResourceId]: { id: rootResourceId, path: "/" } },
    models: Object.fromEntries(
      STANDARD_MODELS.map((each) => [each.name, { ...each, id: newResourceId(ids) }]),
    ),
    validators: {},
    authorizers: {},
    gatewayResponses: {},
  };
}

/** An API with what a document says over what it has. */
function applied(
  ids: Ids,
  record: RestApiRecord,
  read: ReadApi,
  basepath: string | undefined,
): RestApiRecord {
  const { title, description, version } = read.info;
  const authorizers = withIds(ids, record.authorizers, read.authorizers);
  const validators = withIds(ids, record.validators, read.validators);
  const names = {
    authorizers: new Map(Object.values(authorizers).map(({ name, id }) => [name, id])),
    validators: new Map(Object.values(validators).map(({ name, id }) => [name, id])),
  };
  let resources: Record<string, sdk.Resource> = { ...record.resources };
  for (const [path, methods] of Object.entries(read.paths)) {
    const placed = placeOf(ids, resources, underBase(path, read.basePath, basepath));
    resources = placed.resources;
    const made = Object.entries(methods).map(
      ([verb, method]) => [verb, methodOf(method, names, placed.id)] as const,
    );
    const { resourceMethods } = resources[placed.id] ?? {};
    const changed = {
      ...resources[placed.id],
      resourceMethods: { ...resourceMethods, ...Object.fromEntries(made) },
    };
    resources[placed.id] = changed;
  }
  return {
    ...record,
    api: {
      ...record.api,
      ...read.settings,
      ...defined({ name: title ?? record.api.name, description, version }),
    },
    resources,
    models: { ...record.models, ...modelsOf(ids, record, read) },
    authorizers,
    validators,
    gatewayResponses: {
      ...record.gatewayResponses,
      ...Object.fromEntries(
        read.gatewayResponses.map((each) => [
          each.responseType ?? "",
          { responseTemplates: STANDARD, ...each, defaultResponse: false },
        ]),
      ),
    },
  };
}

const STANDARD = { "application/json": '{"message":$context.error.messageString}' };

/** What becomes of the document's base path: it is left out, put before all paths, or its first part is. */
function underBase(path: string, base: string, how = "ignore"): string {
  const trimmed = base.replace(/\/$/, "");
  if (how === "prepend") return `${trimmed}${path}`;
  return how === "split"
    ? `${trimmed
        .split("/")
        .slice(2)
        .map((part) => `/${part}`)
        .join("")}${path}`
    : path;
}

type Named = { id?: string | undefined; name?: string | undefined };

/** Those of the same name keep their ids. */
function withIds<Member extends Named>(
  ids: Ids,
  old: Readonly<Record<string, Member>>,
  read: Readonly<Record<string, Member>>,
): Record<string, Member> {
  const all = { ...old };
  for (const member of Object.values(read)) {
    const id = Object.values(old).find(({ name }) => name === member.name)?.id ?? newResourceId(ids);
    all[id] = { ...member, id };
  }
  return all;
}

function placeOf(ids: Ids, all: Readonly<Record<string, sdk.Resource>>, path: string) {
  const resources = { ...all };
  let at = Object.values(resources).find(({ parentId }) => parentId === undefined) ?? {};
  for (const pathPart of path.split("/").filter((part) => part !== "")) {
    const below = Object.values(resources).find(
      (each) => each.parentId === at.id && each.pathPart === pathPart,
    );
    const id = below?.id ?? newResourceId(ids);
    at = below ?? { id, parentId: at.id, pathPart, path: pathBelow(at, pathPart) };
    resources[id] = at;
  }
  return { resources, id: at.id ?? "" };
}

interface Names {
  readonly authorizers: ReadonlyMap<string | undefined, string | undefined>;
  readonly validators: ReadonlyMap<string | undefined, string | undefined>;
}

function methodOf(
  { authorizerName, validatorName, ...method }: ReadMethod,
  names: Names,
  resourceId: string,
): sdk.Method {
  const authorizerId = authorizerName && names.authorizers.get(authorizerName);
  const requestValidatorId = validatorName && names.validators.get(validatorName);
  const { methodIntegration } = method;
  return {
    ...method,
    ...(authorizerId ? { authorizerId } : {}),
    ...(requestValidatorId ? { requestValidatorId } : {}),
    ...(methodIntegration
      ? { methodIntegration: { cacheNamespace: resourceId, cacheKeyParameters: [], ...methodIntegration } }
      : {}),
  };
}

/** References between models are by address in the API. */
function modelsOf(ids: Ids, { apiId, models }: RestApiRecord, read: ReadApi): RestDefinition["models"] {
  return Object.fromEntries(
    read.models.map((model) => {
      const { name = "" } = model;
      const schema = model.schema?.replace(
        /"#\/(?:definitions|components\/schemas)\/([A-Za-z0-9]+)"/g,
        `"https://apigateway.amazonaws.com/restapis/${apiId}/models/$1"`,
      );
      return [name, { ...model, schema, id: models[name]?.id ?? newResourceId(ids) }];
    }),
  );
}
