import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { deleteApiEntry } from "../api-index.ts";
import { newApiId } from "../ids.ts";
import { announce, change, look, requireApi } from "./change.ts";
import { badRequest, limitExceeded } from "./faults.ts";
import { STANDARD_MODELS } from "./models.ts";
import { positioned } from "./pages.ts";
import { choiceRule, flagRule, numberRule, type PatchRule, patched, setRule, textRule } from "./patch.ts";
import {
  apiKey,
  apisPrefix,
  clear,
  deploymentKey,
  documentationKey,
  type RestApiRecord,
  readAll,
  stageKey,
  versionKey,
  write,
} from "./records.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MOST_APIS = 600;
const MOST_COMPRESSION = 10_485_760;

export const apis = {
  async CreateRestApi(input, context) {
    const { cloneFrom, ...given } = input;
    checkSettings(given);
    return context.store.transact(async (tx) => {
      const model = cloneFrom === undefined ? undefined : await requireApi(tx, context, cloneFrom);
      const api = await newApi(tx, context, given, model);
      return describe(api);
    });
  },

  async GetRestApi(input, context) {
    return look(context, input.restApiId, describe);
  },

  async GetRestApis(input, { scope, store }) {
    const all = await store.transact((tx) => readAll<RestApiRecord>(tx, apisPrefix(scope)));
    return positioned(all.map(describe), input, ({ id = "" }) => id);
  },

  async UpdateRestApi(input, context) {
    return change(context, input.restApiId, (record) => {
      const api = patched(record.api, input.patchOperations, RULES);
      checkSettings(api);
      const changed = { ...record, api };
      return [changed, describe(changed)] as const;
    });
  },

  async DeleteRestApi(input, context) {
    await context.store.transact(async (tx) => {
      const { apiId } = await requireApi(tx, context, input.restApiId);
      tx.delete(apiKey(context.scope, apiId));
      deleteApiEntry(tx, apiId);
      for (const key of [deploymentKey, stageKey, documentationKey, versionKey]) {
        clear(tx, key(apiId, "").slice(0, -1));
      }
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Writes a new API: empty, or as another is. */
export async function newApi(
  tx: Transaction,
  { scope, clock, ids }: Pick<Context, "scope" | "clock" | "ids">,
  given: Omit<sdk.CreateRestApiRequest, "cloneFrom">,
  model?: RestApiRecord,
): Promise<RestApiRecord> {
  if ((await readAll(tx, apisPrefix(scope))).length >= MOST_APIS) {
    throw limitExceeded("Maximum number of APIs for this account has been reached.");
  }
  const rootId = newApiId(ids);
  const record: RestApiRecord = {
    resources: { [rootId]: { id: rootId, path: "/" } },
    models: Object.fromEntries(STANDARD_MODELS.map((each) => [each.name, { ...each, id: newApiId(ids) }])),
    validators: {},
    authorizers: {},
    gatewayResponses: {},
    ...model,
    v: 1,
    ...scope,
    apiId: newApiId(ids),
    createdMs: Math.floor(clock.now()),
    api: {
      rootResourceId: rootId,
      apiKeySource: "HEADER",
      endpointConfiguration: { types: ["EDGE"], ipAddressType: "ipv4" },
      disableExecuteApiEndpoint: false,
      ...model?.api,
      ...defined(given),
    },
  };
  write(tx, apiKey(scope, record.apiId), record);
  announce(tx, { ids }, record);
  return record;
}

export function describe({ api, apiId, createdMs }: RestApiRecord) {
  return { ...api, id: apiId, createdDate: new Date(createdMs), apiStatus: "AVAILABLE" as const };
}

/** Without members that are named and not there. */
export function defined<Members extends object>(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Members;
}

function checkSettings({ minimumCompressionSize, policy, endpointConfiguration }: sdk.RestApi): void {
  if (
    minimumCompressionSize !== undefined &&
    !(minimumCompressionSize >= 0 && minimumCompressionSize <= MOST_COMPRESSION)
  ) {
    throw badRequest("Invalid minimum compression size, must be between 0 and 10485760");
  }
  if (policy !== undefined && policy !== "" && !isObject(policy)) {
    throw badRequest(
      "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
    );
  }
  const { types = [], vpcEndpointIds = [] } = endpointConfiguration ?? {};
  if (types.length > 1) throw badRequest("Cannot create an api with multiple Endpoint Types.");
  if (vpcEndpointIds.length > 0 && types[0] !== "PRIVATE") {
    throw badRequest("Only PRIVATE APIs can have VPC endpoints associated.");
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const endpointsOf = (api: sdk.RestApi) => {
  api.endpointConfiguration ??= {};
  return api.endpointConfiguration;
};

const SECURITY_POLICIES = ["TLS_1_0", "TLS_1_2"];

const RULES: readonly PatchRule<sdk.RestApi>[] = [
  textRule("/name", "name"),
  textRule("/description", "description"),
  textRule("/version", "version"),
  textRule("/policy", "policy"),
  choiceRule("/apiKeySource", "apiKeySource", ["HEADER", "AUTHORIZER"]),
  flagRule("/disableExecuteApiEndpoint", "disableExecuteApiEndpoint"),
  numberRule("/minimumCompressionSize", "minimumCompressionSize"),
  choiceRule("/endpointAccessMode", "endpointAccessMode", ["BASIC", "STRICT"]),
  choiceRule("/securityPolicy", "securityPolicy", SECURITY_POLICIES),
  setRule("/binaryMediaTypes", (api) => {
    api.binaryMediaTypes ??= [];
    return api.binaryMediaTypes;
  }),
  {
    path: "/endpointConfiguration/types/{}",
    ops: ["add", "replace"],
    apply(api, { value }) {
      endpointsOf(api).types = [value as sdk.EndpointType];
    },
  },
  {
    path: "/endpointConfiguration/ipAddressType",
    ops: ["replace"],
    apply(api, { value }) {
      endpointsOf(api).ipAddressType = value as sdk.IpAddressType;
    },
  },
  setRule("/endpointConfiguration/vpcEndpointIds", (api) => {
    const endpoints = endpointsOf(api);
    endpoints.vpcEndpointIds ??= [];
    return endpoints.vpcEndpointIds;
  }),
];
