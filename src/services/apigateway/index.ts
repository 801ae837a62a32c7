import { defineService } from "../define.ts";
import { DOMAIN_NAMES } from "./domains/names.ts";

declare module "../define.ts" {
  interface Sdks {
    apigatewayv2: typeof import("@aws-sdk/client-apigatewayv2");
    apigateway: typeof import("@aws-sdk/client-api-gateway");
    apigatewaymanagementapi: typeof import("@aws-sdk/client-apigatewaymanagementapi");
  }
}

const SIGNING_NAME = "apigateway";

/**
 * HTTP APIs and WebSocket APIs, and the one place where requests to APIs of all kinds arrive.
 * https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/
 */
export const apigatewayv2 = defineService({
  id: "apigatewayv2",
  load: () => import("@aws-sdk/client-apigatewayv2"),
  wire: {
    protocols: ["restJson1"],
    version: "2018-11-29",
    signingName: SIGNING_NAME,
    paths: /^\/v2\//,
    hosts: [],
    validationCode: "BadRequestException",
  },
  site: {
    id: "execute-api",
    path: /^\/(?:restapis\/[^/]+\/[^/]+\/_user_request_(?:\/|$)|_aws\/execute-api\/[^/]+)/,
    names: DOMAIN_NAMES,
    connects: true,
  },
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service-v2.ts"),
});

/** REST APIs, and custom domain names as they are seen from there. */
export const apigateway = defineService({
  id: "apigateway",
  load: () => import("@aws-sdk/client-api-gateway"),
  wire: {
    protocols: ["restJson1"],
    version: "2015-07-09",
    signingName: SIGNING_NAME,
    validationCode: "BadRequestException",
  },
  keys: "apigw",
  open: () => import("./service-v1.ts"),
});

/** What backends do with the connections of WebSocket APIs. */
export const apigatewaymanagementapi = defineService({
  id: "apigatewaymanagementapi",
  load: () => import("@aws-sdk/client-apigatewaymanagementapi"),
  wire: { protocols: ["restJson1"], version: "2018-11-29", signingName: "execute-api", hosts: [] },
  open: () => import("./service-management.ts"),
});
