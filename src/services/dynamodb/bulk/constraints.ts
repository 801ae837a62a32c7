import type { Constraint, Constraints } from "../../../kernel/constraints.ts";

const BUCKET: Constraint = { length: [0, 255], pattern: "^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$" };
const OWNER: Constraint = { pattern: "[0-9]{12}" };
const PREFIX: Constraint = { length: [0, 1024] };
const BULK_ARN: Constraint = { length: [37, 1024] };

/** Of bulk operations. From the service's API model. */
export const bulkConstraints: Constraints = {
  "StartBulkPutItemsInput.ClientToken": { pattern: "^[^\\$]+$" },
  "StartBulkPutItemsInput.TableName": { length: [1, 1024] },
  "StartBulkPutItemsInput.MaxWriteRequestUnits": { range: [1024, Number.MAX_SAFE_INTEGER] },
  "StartBulkPutItemsInput.PerformanceTier": { enum: ["STANDARD", "ACCELERATED"] },
  "InputS3Configuration.S3Bucket": BUCKET,
  "InputS3Configuration.S3BucketOwner": OWNER,
  "InputS3Configuration.S3KeyPrefix": PREFIX,
  "InputS3Configuration.InputFormat": { enum: ["DYNAMODB_JSON", "ION"] },
  "InputS3Configuration.InputCompressionType": { enum: ["GZIP", "ZSTD", "NONE"] },
  "OutputS3Configuration.S3Bucket": BUCKET,
  "OutputS3Configuration.S3BucketOwner": OWNER,
  "OutputS3Configuration.S3KeyPrefix": PREFIX,
  "OutputS3Configuration.S3SseAlgorithm": { enum: ["AES256", "KMS"] },
  "OutputS3Configuration.S3SseKmsKeyId": { length: [1, 2048] },
  "DescribeBulkOperationInput.BulkOperationArn": BULK_ARN,
  "CancelBulkOperationInput.BulkOperationArn": BULK_ARN,
  "ListBulkOperationsInput.MaxResults": { range: [1, 25] },
  "ListBulkOperationsInput.NextToken": { length: [1, 1024], pattern: "([0-9a-f]{16})+" },
};
