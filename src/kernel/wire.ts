export type ProtocolId =
  | "awsCbor1_1"
  | "awsJson1_0"
  | "awsJson1_1"
  | "awsQuery"
  | "restJson1"
  | "restXml"
  | "rpcV2Cbor";

/** What the schemas do not say about a service's wire. */
export interface Wire {
  /** Those the service answers; the first is spoken where a request does not tell. */
  readonly protocols: readonly [ProtocolId, ...ProtocolId[]];
  /** The prefix of `X-Amz-Target`: `DynamoDB_20120810`. */
  readonly target?: string;
  /** `Version` of the Query protocol, and of paths: `2011-06-15`. */
  readonly version: string;
  /** The default XML namespace of answers. */
  readonly xmlNamespace?: string;
  /** The service name in a signature's credential scope. */
  readonly signingName: string;
  /** Of several services with one signing name: the paths that are this one's, all others being another's. */
  readonly paths?: RegExp;
  /** First labels of the service's hosts, where they differ from the signing name. */
  readonly hosts?: readonly string[];
  /** What clients write before the host's name for some of its operations: `stream-`. */
  readonly hostPrefixes?: readonly string[];
  /** The code that a violated constraint is answered with; the default is `ValidationException`. */
  readonly validationCode?: string;
}
