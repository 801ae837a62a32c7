import { Fault, platformFault } from "../kernel/faults.ts";
import type { Wire } from "../kernel/wire.ts";

/** Services of one family word what the gateway itself has to say in the same way. */
export type Family = "s3" | "query" | "json";

type Wording = readonly [code: string, status: number, message: string];

const NO_MATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret " +
  "Access Key and signing method. Consult the service documentation for details.";
const INVALID_TOKEN = "The security token included in the request is invalid.";
const EXPIRED_TOKEN = "The security token included in the request is expired";
const IDLE =
  "Your socket connection to the server was not read from or written to within the timeout period. " +
  "Idle connections will be closed.";

/**
 * What the gateway refuses and how each family says so.
 * S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * The others: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const WORDINGS = {
  badRequest: {
    s3: ["InvalidRequest", 400, "The request could not be read."],
    query: ["InvalidParameterCombination", 400, "The request could not be read."],
    json: ["SerializationException", 400, "The request could not be read."],
  },
  crossOrigin: {
    s3: ["AccessForbidden", 403, "Requests from web pages of this origin are not allowed."],
    query: ["AccessDenied", 403, "Requests from web pages of this origin are not allowed."],
    json: ["AccessDeniedException", 403, "Requests from web pages of this origin are not allowed."],
  },
  expired: {
    s3: ["AccessDenied", 403, "Request has expired"],
    query: ["SignatureDoesNotMatch", 403, "Signature expired."],
    json: ["InvalidSignatureException", 403, "Signature expired."],
  },
  expiredToken: {
    s3: ["ExpiredToken", 400, "The provided token has expired."],
    query: ["ExpiredToken", 403, EXPIRED_TOKEN],
    json: ["ExpiredTokenException", 400, EXPIRED_TOKEN],
  },
  incompleteBody: {
    s3: [
      "IncompleteBody",
      400,
      "You did not provide the number of bytes specified by the Content-Length HTTP header",
    ],
    query: ["IncompleteBody", 400, "The request body ended before its announced length."],
    json: ["SerializationException", 400, "The request body ended before its announced length."],
  },
  internal: {
    s3: ["InternalError", 500, "We encountered an internal error. Please try again."],
    query: ["InternalFailure", 500, "The request processing has failed because of an unknown error."],
    json: ["InternalFailure", 500, "The request processing has failed because of an unknown error."],
  },
  malformedSignature: {
    s3: ["AuthorizationHeaderMalformed", 400, "The authorization header that you provided is not valid."],
    query: ["IncompleteSignature", 400, "The request signature does not conform to AWS standards."],
    json: ["IncompleteSignatureException", 400, "The request signature does not conform to AWS standards."],
  },
  malformedSignedQuery: {
    s3: ["AuthorizationQueryParametersError", 400, "The authorization query parameters are not valid."],
    query: ["IncompleteSignature", 400, "The request signature does not conform to AWS standards."],
    json: ["IncompleteSignatureException", 400, "The request signature does not conform to AWS standards."],
  },
  malformedTrailer: {
    s3: [
      "MalformedTrailerError",
      400,
      "The request contained trailing data that was not well-formed or did not conform to our published " +
        "schema.",
    ],
    query: ["IncompleteBody", 400, "The trailer of the request is not well-formed."],
    json: ["SerializationException", 400, "The trailer of the request is not well-formed."],
  },
  missingLength: {
    s3: ["MissingContentLength", 411, "You must provide the Content-Length HTTP header."],
    query: ["MissingContentLength", 411, "The request must tell its length."],
    json: ["MissingContentLengthException", 411, "The request must tell its length."],
  },
  notSigned: {
    s3: ["AccessDenied", 403, "There were headers present in the request which were not signed"],
    query: ["SignatureDoesNotMatch", 403, NO_MATCH],
    json: ["InvalidSignatureException", 403, NO_MATCH],
  },
  payloadMismatch: {
    s3: [
      "XAmzContentSHA256Mismatch",
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ],
    query: ["SignatureDoesNotMatch", 403, NO_MATCH],
    json: ["InvalidSignatureException", 403, NO_MATCH],
  },
  skewed: {
    s3: [
      "RequestTimeTooSkewed",
      403,
      "The difference between the request time and the server's time is too large.",
    ],
    query: ["SignatureDoesNotMatch", 403, "Signature expired."],
    json: ["InvalidSignatureException", 403, "Signature expired."],
  },
  stalled: {
    s3: ["RequestTimeout", 400, IDLE],
    query: ["RequestTimeout", 408, IDLE],
    json: ["RequestTimeoutException", 408, IDLE],
  },
  throttled: {
    s3: ["SlowDown", 503, "Please reduce your request rate."],
    query: ["Throttling", 400, "Rate exceeded"],
    json: ["ThrottlingException", 400, "Rate exceeded"],
  },
  tooLarge: {
    s3: ["MaxMessageLengthExceeded", 400, "Your request was too big."],
    query: ["RequestEntityTooLarge", 413, "The request body is larger than the service accepts."],
    json: ["RequestEntityTooLargeException", 413, "The request body is larger than the service accepts."],
  },
  unauthenticated: {
    s3: ["AccessDenied", 403, "Access Denied"],
    query: ["MissingAuthenticationToken", 403, "Request is missing Authentication Token"],
    json: ["MissingAuthenticationTokenException", 403, "Missing Authentication Token"],
  },
  unknownKey: {
    s3: ["InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."],
    query: ["InvalidClientTokenId", 403, INVALID_TOKEN],
    json: ["UnrecognizedClientException", 400, INVALID_TOKEN],
  },
  unsupportedSignature: {
    s3: [
      "InvalidRequest",
      400,
      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    ],
    query: ["IncompleteSignature", 400, "The signature is not one of AWS4-HMAC-SHA256."],
    json: ["IncompleteSignatureException", 400, "The signature is not one of AWS4-HMAC-SHA256."],
  },
  wrongSignature: {
    s3: [
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. " +
        "Check your key and signing method.",
    ],
    query: ["SignatureDoesNotMatch", 403, NO_MATCH],
    json: ["InvalidSignatureException", 403, NO_MATCH],
  },
} as const satisfies Record<string, Readonly<Record<Family, Wording>>>;

export type RefusalKind = keyof typeof WORDINGS;

/** The gateway's own word against a request. It becomes a fault once the service's family is known. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly members: Readonly<Record<string, unknown>>;

  /** `message` replaces the table's. `members` are S3's only. */
  constructor(kind: RefusalKind, message = "", members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.kind = kind;
    this.members = members;
  }

  toFault(family: Family): Fault {
    const [code, status, wording] = WORDINGS[this.kind][family];
    return new Fault(code, this.message || wording, {
      status,
      members: family === "s3" ? this.members : {},
    });
  }
}

/** What the platform does not have, in a sentence that names it. */
export function notImplemented(what: string): Fault {
  return platformFault("NotImplemented", `${what} is not implemented.`);
}

export function familyOf(wire: Wire): Family {
  if (wire.signingName === "s3") return "s3";
  const [first] = wire.protocols;
  return first === "awsQuery" || first === "restXml" ? "query" : "json";
}
