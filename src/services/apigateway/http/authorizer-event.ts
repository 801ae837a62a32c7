import type { AuthorizerRecord } from "../v2/records.ts";
import type { HttpCall } from "./call.ts";
import { eventV1 } from "./event-v1.ts";
import { eventV2 } from "./event-v2.ts";

/**
 * What a Lambda authorizer is given: the request without its body, and who it says it is.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export function authorizerEvent(
  call: HttpCall,
  { AuthorizerPayloadFormatVersion: format }: AuthorizerRecord,
  identities: readonly string[],
): Record<string, unknown> {
  const arn = call.arn(call.path);
  if (format === "2.0") {
    const { body: _, isBase64Encoded: __, version, ...rest } = eventV2(call);
    return {
      version,
      type: "REQUEST",
      routeArn: arn,
      identitySource: identities.length > 0 ? identities : null,
      ...rest,
    };
  }
  const { body: _, isBase64Encoded: __, version, ...rest } = eventV1(call);
  const joined = identities.join(",");
  return {
    version,
    type: "REQUEST",
    methodArn: arn,
    identitySource: joined,
    authorizationToken: joined,
    ...rest,
  };
}
