import { Fault } from "../../kernel/faults.ts";

/**
 * S3's errors. Its model names a handful; the others are known from the developer guide's list and from
 * answers of AWS itself. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const FAULTS = {
  AccessControlListNotSupported: [400, "The bucket does not allow ACLs"],
  AccessDenied: [403, "Access Denied"],
  BadDigest: [400, "The Content-MD5 you specified did not match what we received."],
  BucketAlreadyExists: [
    409,
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. " +
      "Please select a different name and try again.",
  ],
  BucketAlreadyOwnedByYou: [
    409,
    "Your previous request to create the named bucket succeeded and you already own it.",
  ],
  BucketNotEmpty: [409, "The bucket you tried to delete is not empty"],
  ConditionalRequestConflict: [
    409,
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
  ],
  EntityTooLarge: [400, "Your proposed upload exceeds the maximum allowed size"],
  EntityTooSmall: [400, "Your proposed upload is smaller than the minimum allowed size"],
  IllegalLocationConstraintException: [
    400,
    "The unspecified location constraint is incompatible for the region specific endpoint " +
      "this request was sent to.",
  ],
  IncompleteBody: [400, "The request body terminated unexpectedly"],
  InvalidArgument: [400, "Invalid Argument"],
  InvalidBucketAclWithObjectOwnership: [
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  ],
  InvalidBucketName: [400, "The specified bucket is not valid."],
  InvalidBucketOwnerAWSAccountID: [
    400,
    "The value of the expected bucket owner parameter must be an AWS Account ID...",
  ],
  InvalidDigest: [400, "The Content-MD5 you specified was invalid."],
  InvalidEncryptionAlgorithmError: [
    400,
    "The Encryption request you specified is not valid. Supported value: AES256.",
  ],
  InvalidLocationConstraint: [400, "The specified location-constraint is not valid"],
  InvalidPart: [
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, " +
      "or the specified entity tag may not match the part's entity tag.",
  ],
  InvalidPartNumber: [416, "The requested partnumber is not satisfiable"],
  InvalidPartOrder: [
    400,
    "The list of parts was not in ascending order. Parts must be ordered by part number.",
  ],
  InvalidRange: [416, "The requested range is not satisfiable"],
  InvalidRequest: [400, "Invalid Request"],
  InvalidStorageClass: [400, "The storage class you specified is not valid"],
  InvalidTag: [400, "The TagKey you have provided is invalid"],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, "Your key is too long"],
  MalformedACLError: [
    400,
    "The XML you provided was not well-formed or did not validate against our published schema",
  ],
  MalformedPolicy: [400, "Policies must be valid JSON and the first byte must be '{'"],
  MalformedXML: [
    400,
    "The XML you provided was not well-formed or did not validate against our published schema",
  ],
  MetadataTooLarge: [400, "Your metadata headers exceed the maximum allowed metadata size"],
  MethodNotAllowed: [405, "The specified method is not allowed against this resource."],
  NoSuchBucket: [404, "The specified bucket does not exist"],
  NoSuchBucketPolicy: [404, "The bucket policy does not exist"],
  NoSuchConfiguration: [404, "The specified configuration does not exist."],
  NoSuchCORSConfiguration: [404, "The CORS configuration does not exist"],
  NoSuchKey: [404, "The specified key does not exist."],
  NoSuchLifecycleConfiguration: [404, "The lifecycle configuration does not exist"],
  NoSuchPublicAccessBlockConfiguration: [404, "The public access block configuration was not found"],
  NoSuchTagSet: [404, "The TagSet does not exist"],
  NoSuchUpload: [
    404,
    "The specified upload does not exist. The upload ID may be invalid, " +
      "or the upload may have been aborted or completed.",
  ],
  NoSuchVersion: [404, "The specified version does not exist."],
  NoSuchWebsiteConfiguration: [404, "The specified bucket does not have a website configuration"],
  NotImplemented: [501, "A header you provided implies functionality that is not implemented"],
  NotModified: [304, "Not Modified"],
  ObjectLockConfigurationNotFoundError: [404, "Object Lock configuration does not exist for this bucket"],
  OwnershipControlsNotFoundError: [404, "The bucket ownership controls were not found"],
  PreconditionFailed: [412, "At least one of the pre-conditions you specified did not hold"],
  ReplicationConfigurationNotFoundError: [404, "The replication configuration was not found"],
  ServerSideEncryptionConfigurationNotFoundError: [
    404,
    "The server side encryption configuration was not found",
  ],
  TooManyBuckets: [400, "You have attempted to create more buckets than allowed"],
} as const satisfies Record<string, readonly [number, string]>;

/** A fault of the table, with AWS's extra members and, where it varies, its own wording. */
export function fault(
  code: keyof typeof FAULTS,
  members: Readonly<Record<string, unknown>> = {},
  message?: string,
): Fault {
  const [status, wording] = FAULTS[code];
  return new Fault(code, message ?? wording, { status, members });
}

/** InvalidArgument as S3 words it: it names the argument, and mostly repeats its value. */
export function invalidArgument(message: string, name: string, value?: string): Fault {
  const members = value === undefined ? { ArgumentName: name } : { ArgumentName: name, ArgumentValue: value };
  return fault("InvalidArgument", members, message);
}

/** S3's answer to a header whose feature the platform does not have. */
export function headerNotImplemented(header: string, detail?: string): Fault {
  return fault("NotImplemented", detail ? { Header: header, additionalMessage: detail } : { Header: header });
}

/** Where a value came in a header, the errors name the header: `acl` is Amazon's `…-acl`. */
export function amz(name: string): string {
  return `x-amz-${name}`;
}
