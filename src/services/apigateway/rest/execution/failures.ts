import type { GatewayResponseType } from "@aws-sdk/client-api-gateway";

/** What an API answers by itself instead of its backend. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly type: GatewayResponseType;
  /** The header x-amzn-ErrorType. */
  readonly errorType: string;
  /** Where it differs from the type's own. */
  readonly status: number | undefined;
  /** Details of a request that does not fit its model. */
  readonly validation: string | undefined;
  /** As IAM words it: the member's name is `Message`. */
  readonly isPolicys: boolean;

  constructor(
    type: GatewayResponseType,
    message = MESSAGES[type],
    {
      status,
      validation,
      isPolicys = false,
    }: { status?: number; validation?: string; isPolicys?: boolean } = {},
  ) {
    super(message);
    this.type = type;
    this.errorType = ERROR_TYPES[type] ?? "InternalServerErrorException";
    this.status = status;
    this.validation = validation;
    this.isPolicys = isPolicys;
  }
}

const INTERNAL = "Internal server error";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const MESSAGES: Readonly<Partial<Record<GatewayResponseType, string>>> = {
  ACCESS_DENIED: "User is not authorized to access this resource",
  API_CONFIGURATION_ERROR: INTERNAL,
  AUTHORIZER_CONFIGURATION_ERROR: INTERNAL,
  AUTHORIZER_FAILURE: INTERNAL,
  BAD_REQUEST_BODY: "Invalid request body",
  BAD_REQUEST_PARAMETERS: "Missing required request parameters",
  EXPIRED_TOKEN: "The security token included in the request is expired",
  INTEGRATION_FAILURE: "Network error communicating with endpoint",
  INTEGRATION_TIMEOUT: "Endpoint request timed out",
  INVALID_API_KEY: "Forbidden",
  MISSING_AUTHENTICATION_TOKEN: "Missing Authentication Token",
  QUOTA_EXCEEDED: "Limit Exceeded",
  REQUEST_TOO_LARGE: "Request Too Long",
  RESOURCE_NOT_FOUND: "Not Found",
  THROTTLED: "Too Many Requests",
  UNAUTHORIZED: "Unauthorized",
  UNSUPPORTED_MEDIA_TYPE: "Unsupported Media Type",
};

const ERROR_TYPES: Readonly<Partial<Record<GatewayResponseType, string>>> = {
  ACCESS_DENIED: "AccessDeniedException",
  AUTHORIZER_CONFIGURATION_ERROR: "AuthorizerConfigurationException",
  AUTHORIZER_FAILURE: "AuthorizerConfigurationException",
  BAD_REQUEST_BODY: "BadRequestException",
  BAD_REQUEST_PARAMETERS: "BadRequestException",
  EXPIRED_TOKEN: "ExpiredTokenException",
  INVALID_API_KEY: "ForbiddenException",
  INVALID_SIGNATURE: "InvalidSignatureException",
  MISSING_AUTHENTICATION_TOKEN: "MissingAuthenticationTokenException",
  QUOTA_EXCEEDED: "LimitExceededException",
  REQUEST_TOO_LARGE: "RequestTooLargeException",
  RESOURCE_NOT_FOUND: "NotFoundException",
  THROTTLED: "TooManyRequestsException",
  UNAUTHORIZED: "UnauthorizedException",
  UNSUPPORTED_MEDIA_TYPE: "BadRequestException",
};
