/** What a client may take of the platform before it is refused or cut off. */
export interface GatewayLimits {
  /** Request line and headers. AWS Lambda takes 1 MB, S3 8 KB; a signed URL with a token needs 4 KB. */
  readonly headerBytes: number;
  /** From the connection's first byte to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** How long a client may neither send the body it promised nor read the answer it asked for. */
  readonly stallTimeoutMs: number;
  /** Longer than the SDKs keep a connection for reuse, so that it is they who close. */
  readonly keepAliveTimeoutMs: number;
  /** Requests under way at once; the next is throttled. */
  readonly requests: number;
  /** Bytes of collected request bodies held at once, over all requests. */
  readonly collectedBytes: number;
  /** How much of a body that nobody wants is read, so that the client gets to see the answer. */
  readonly drainBytes: number;
  /** How long requests under way may take to finish when the platform stops. */
  readonly closeGraceMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_LIMITS: GatewayLimits = {
  headerBytes: 64 * KIB,
  headersTimeoutMs: 20_000,
  stallTimeoutMs: 60_000,
  keepAliveTimeoutMs: 75_000,
  requests: 4096,
  collectedBytes: 512 * MIB,
  drainBytes: 64 * MIB,
  closeGraceMs: 2_000,
};

/**
 * How large the body of an operation may be that is collected before it is decoded. Streamed bodies
 * (S3's objects) have no such bound: the service that stores them sets theirs.
 */
const BODY_LIMITS: Readonly<Record<string, number>> = {
  // A zip of 50 MB in base64, with the rest of the request around it.
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  "lambda:CreateFunction": 70 * MIB,
  "lambda:UpdateFunctionCode": 70 * MIB,
  "lambda:PublishLayerVersion": 70 * MIB,
  // Lambda refuses payloads above 6 MB and 1 MB itself, in its own words.
  "lambda:Invoke": 8 * MIB,
  "lambda:InvokeWithResponseStream": 8 * MIB,
  "lambda:InvokeAsync": 2 * MIB,
  // As it comes over the wire, compressed or not.
  "cloudwatch:PutMetricData": MIB,
  // The policy is the bucket's, 20 KB; S3 answers the 1 MB of a long delete in full.
  "s3:*": 2 * MIB,
};

/** The largest request AWS takes otherwise is DynamoDB's BatchWriteItem, at 16 MB. */
const DEFAULT_BODY_LIMIT = 16 * MIB + 64 * KIB;

/** In bytes. */
export function bodyLimit(service: string, operation: string): number {
  return BODY_LIMITS[`${service}:${operation}`] ?? BODY_LIMITS[`${service}:*`] ?? DEFAULT_BODY_LIMIT;
}
