import { logTime } from "../../../proxy-event.ts";
import { type Call, headerOf, isBinary } from "./call.ts";

/**
 * The event of a Lambda proxy integration. What there is none of is null.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function proxyEvent(call: Call): object {
  const { request, resource, parameters, deployed } = call;
  const { header, multiHeader, querystring, multiQuery, path } = parameters;
  const isEncoded = isBinary(deployed, headerOf(parameters, "content-type"));
  const { body } = request;
  return {
    resource: resource.path,
    path: request.path,
    httpMethod: request.method,
    headers: orNull(header),
    multiValueHeaders: orNull(multiHeader),
    queryStringParameters: orNull(querystring),
    multiValueQueryStringParameters: orNull(multiQuery),
    pathParameters: orNull(path),
    stageVariables: orNull(deployed.variables),
    requestContext: requestContext(call),
    body: body.length === 0 ? null : Buffer.from(body).toString(isEncoded ? "base64" : "utf8"),
    isBase64Encoded: isEncoded && body.length > 0,
  };
}

function orNull<Value>(members: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> | null {
  return Object.keys(members).length > 0 ? members : null;
}

function requestContext({ request, resource, deployed, identity, authorizer }: Call): object {
  return {
    resourceId: resource.id,
    ...(authorizer ? { authorizer } : {}),
    resourcePath: resource.path,
    operationName: undefined,
    httpMethod: request.method,
    extendedRequestId: request.extendedRequestId,
    requestTime: logTime(request.receivedMs),
    path: request.fullPath,
    accountId: deployed.account,
    protocol: request.protocol,
    stage: deployed.stageName,
    domainPrefix: request.domainName.split(".", 1)[0],
    requestTimeEpoch: Math.floor(request.receivedMs),
    requestId: request.requestId,
    identity: { ...NOBODY, ...identity },
    domainName: request.domainName,
    deploymentId: deployed.deploymentId,
    apiId: deployed.apiId,
  };
}

const NOBODY = {
  cognitoIdentityPoolId: null,
  accountId: null,
  cognitoIdentityId: null,
  caller: null,
  sourceIp: null,
  principalOrgId: null,
  accessKey: null,
  cognitoAuthenticationType: null,
  cognitoAuthenticationProvider: null,
  userArn: null,
  userAgent: null,
  user: null,
};
