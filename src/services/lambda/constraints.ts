import type { Constraint, Constraints } from "../../kernel/constraints.ts";
import { eventSourceConstraints } from "./event-source-constraints.ts";
import { LONGEST_TIMEOUT_SECONDS, MOST_MEMORY_MB } from "./limits.ts";

const REGION = "(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}";

/** Operations on a function take the first form; those on a version or alias too take the second. */
const NAME: Constraint = {
  length: [1, 140],
  pattern:
    `(arn:(aws[a-zA-Z-]*)?:lambda:)?(${REGION}:)?(\\d{12}:)?(function:)?` +
    "([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
};
const QUALIFIABLE_NAME: Constraint = {
  length: [1, 256],
  pattern:
    `(arn:(aws[a-zA-Z-]*)?:lambda:${REGION}:\\d{12}:|((${REGION}:)?(\\d{12}:)?))(function:)?` +
    "([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
};
const BARE_NAME: Constraint = {
  length: [1, 140],
  pattern: `(arn:(aws[a-zA-Z-]*)?:lambda:)?(${REGION}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)`,
};
const QUALIFIER: Constraint = {
  length: [1, 128],
  pattern: "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
};
const ALIAS: Constraint = { length: [1, 128], pattern: "(?!^[0-9]+$)([a-zA-Z0-9-_]+)" };
const VERSION: Constraint = { length: [1, 1024], pattern: "(\\$LATEST(\\.PUBLISHED)?|[0-9]+)" };
const DESCRIPTION: Constraint = { length: [0, 256] };
const HANDLER: Constraint = { length: [0, 128], pattern: "[^\\s]+" };
const ROLE: Constraint = { pattern: "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+" };
const TIMEOUT: Constraint = { range: [1, LONGEST_TIMEOUT_SECONDS] };
const MEMORY: Constraint = { range: [128, MOST_MEMORY_MB] };
const ANY_ARN: Constraint = { pattern: "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()" };
const BUCKET: Constraint = { length: [3, 63], pattern: "[0-9A-Za-z\\.\\-_]*(?<!\\.)" };
const OBJECT_KEY: Constraint = { length: [1, 1024] };
const ITEMS: Constraint = { range: [1, 10_000] };
const RETRIES: Constraint = { range: [0, 2] };
const EVENT_AGE: Constraint = { range: [60, 21_600] };
const DESTINATION: Constraint = {
  length: [0, 350],
  pattern:
    "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|" +
    `arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:(${REGION})?:(\\d{12})?:(.*)`,
};
const TAGGABLE: Constraint = {
  pattern:
    `arn:(aws[a-zA-Z-]*):lambda:${REGION}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|` +
    "code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-" +
    "[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})",
};

const LAYER: Constraint = {
  length: [1, 140],
  pattern: "(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
};
const STATEMENT_ID: Constraint = { length: [1, 100], pattern: "([a-zA-Z0-9-_]+)" };
const LAYER_PERMISSIONS = [
  "AddLayerVersionPermission",
  "RemoveLayerVersionPermission",
  "GetLayerVersionPolicy",
];

const PROVISIONED = [
  "PutProvisionedConcurrencyConfig",
  "GetProvisionedConcurrencyConfig",
  "DeleteProvisionedConcurrencyConfig",
];

const URLS = [
  "CreateFunctionUrlConfig",
  "GetFunctionUrlConfig",
  "UpdateFunctionUrlConfig",
  "DeleteFunctionUrlConfig",
];

const both = (names: readonly string[], member: string, constraint: Constraint) =>
  Object.fromEntries(names.map((name) => [`${name}Request.${member}`, constraint]));

/**
 * From the service's API model, but for the quotas of time and memory, which the model sets higher than
 * the service. https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
 */
export const constraints: Constraints = {
  ...both(
    [
      "CreateFunction",
      "UpdateFunctionCode",
      "UpdateFunctionConfiguration",
      "PublishVersion",
      "CreateAlias",
      "GetAlias",
      "UpdateAlias",
      "DeleteAlias",
      "ListAliases",
      "PutFunctionConcurrency",
      "GetFunctionConcurrency",
      "DeleteFunctionConcurrency",
      ...PROVISIONED,
      "ListProvisionedConcurrencyConfigs",
      ...URLS,
      "ListFunctionUrlConfigs",
    ],
    "FunctionName",
    NAME,
  ),
  ...both(
    [
      "GetFunction",
      "GetFunctionConfiguration",
      "DeleteFunction",
      "ListVersionsByFunction",
      "Invocation",
      "InvokeWithResponseStream",
      "InvokeAsync",
      "AddPermission",
      "RemovePermission",
      "GetPolicy",
      "PutFunctionEventInvokeConfig",
      "UpdateFunctionEventInvokeConfig",
      "GetFunctionEventInvokeConfig",
      "DeleteFunctionEventInvokeConfig",
      "ListFunctionEventInvokeConfigs",
      "PutRuntimeManagementConfig",
      "GetRuntimeManagementConfig",
    ],
    "FunctionName",
    QUALIFIABLE_NAME,
  ),
  ...both(["PutFunctionRecursionConfig", "GetFunctionRecursionConfig"], "FunctionName", BARE_NAME),
  ...both(
    [
      "GetFunction",
      "GetFunctionConfiguration",
      "DeleteFunction",
      "Invocation",
      "InvokeWithResponseStream",
      "AddPermission",
      "RemovePermission",
      "GetPolicy",
      "PutFunctionEventInvokeConfig",
      "UpdateFunctionEventInvokeConfig",
      "GetFunctionEventInvokeConfig",
      "DeleteFunctionEventInvokeConfig",
      "PutRuntimeManagementConfig",
      "GetRuntimeManagementConfig",
    ],
    "Qualifier",
    QUALIFIER,
  ),
  ...both(PROVISIONED, "Qualifier", QUALIFIER),
  ...both(URLS, "Qualifier", { length: [1, 128] }),
  ...both(["CreateAlias", "GetAlias", "UpdateAlias", "DeleteAlias"], "Name", ALIAS),
  ...both(["CreateAlias", "UpdateAlias", "ListAliases"], "FunctionVersion", VERSION),
  ...both(
    ["CreateFunction", "UpdateFunctionConfiguration", "PublishVersion", "CreateAlias", "UpdateAlias"],
    "Description",
    DESCRIPTION,
  ),
  ...both(["CreateFunction", "UpdateFunctionConfiguration"], "Handler", HANDLER),
  ...both(["CreateFunction", "UpdateFunctionConfiguration"], "Role", ROLE),
  ...both(["CreateFunction", "UpdateFunctionConfiguration"], "Timeout", TIMEOUT),
  ...both(["CreateFunction", "UpdateFunctionConfiguration"], "MemorySize", MEMORY),
  ...both(["CreateFunction", "UpdateFunctionConfiguration"], "KMSKeyArn", ANY_ARN),
  ...both(["UpdateFunctionCode"], "S3Bucket", BUCKET),
  ...both(["UpdateFunctionCode"], "S3Key", OBJECT_KEY),
  ...both(["UpdateFunctionCode"], "S3ObjectVersion", OBJECT_KEY),
  ...both(["ListFunctions", "ListVersionsByFunction", "ListAliases"], "MaxItems", ITEMS),
  ...both(["ListLayers", "ListLayerVersions"], "MaxItems", { range: [1, 50] }),
  ...both(
    [
      "PublishLayerVersion",
      "GetLayerVersion",
      "DeleteLayerVersion",
      "ListLayerVersions",
      ...LAYER_PERMISSIONS,
    ],
    "LayerName",
    LAYER,
  ),
  ...both(["PublishLayerVersion"], "Description", DESCRIPTION),
  ...both(["PublishLayerVersion"], "LicenseInfo", { length: [0, 512] }),
  ...both(["PublishLayerVersion"], "CompatibleRuntimes", { length: [0, 15] }),
  ...both(["PublishLayerVersion"], "CompatibleArchitectures", { length: [0, 2] }),
  ...both(["AddLayerVersionPermission", "RemoveLayerVersionPermission"], "StatementId", STATEMENT_ID),
  ...both(["AddLayerVersionPermission"], "Action", { length: [0, 22], pattern: "lambda:GetLayerVersion" }),
  ...both(["AddLayerVersionPermission"], "Principal", {
    pattern: "\\d{12}|\\*|arn:(aws[a-zA-Z-]*):iam::\\d{12}:root",
  }),
  ...both(["AddLayerVersionPermission"], "OrganizationId", { length: [0, 34], pattern: "o-[a-z0-9]{10,32}" }),
  "LayerVersionContentInput.S3Bucket": BUCKET,
  "LayerVersionContentInput.S3Key": OBJECT_KEY,
  "LayerVersionContentInput.S3ObjectVersion": OBJECT_KEY,
  ...both(
    ["PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"],
    "MaximumRetryAttempts",
    RETRIES,
  ),
  ...both(
    ["PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"],
    "MaximumEventAgeInSeconds",
    EVENT_AGE,
  ),
  ...both(["TagResource", "UntagResource", "ListTags"], "Resource", TAGGABLE),
  "FunctionCode.S3Bucket": BUCKET,
  "FunctionCode.S3Key": OBJECT_KEY,
  "FunctionCode.S3ObjectVersion": OBJECT_KEY,
  "CreateFunctionRequest.PackageType": { enum: ["Zip", "Image"] },
  "CreateFunctionRequest.FileSystemConfigs": { length: [0, 1] },
  "UpdateFunctionConfigurationRequest.FileSystemConfigs": { length: [0, 1] },
  "VpcConfig.SubnetIds": { length: [0, 16] },
  "VpcConfig.SecurityGroupIds": { length: [0, 5] },
  "DeadLetterConfig.TargetArn": ANY_ARN,
  "TracingConfig.Mode": { enum: ["Active", "PassThrough"] },
  "EphemeralStorage.Size": { range: [512, 10_240] },
  "SnapStart.ApplyOn": { enum: ["PublishedVersions", "None"] },
  "LoggingConfig.LogFormat": { enum: ["JSON", "Text"] },
  "LoggingConfig.ApplicationLogLevel": { enum: ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] },
  "LoggingConfig.SystemLogLevel": { enum: ["DEBUG", "INFO", "WARN"] },
  "LoggingConfig.LogGroup": { length: [1, 512], pattern: "[\\.\\-_/#A-Za-z0-9]+" },
  "ListFunctionsRequest.FunctionVersion": { enum: ["ALL"] },
  "ListFunctionsRequest.MasterRegion": { length: [1, 50], pattern: `ALL|${REGION}` },
  "ListFunctionEventInvokeConfigsRequest.MaxItems": { range: [1, 50] },
  "InvocationRequest.InvocationType": { enum: ["Event", "RequestResponse", "DryRun"] },
  "InvocationRequest.LogType": { enum: ["None", "Tail"] },
  "InvokeWithResponseStreamRequest.InvocationType": { enum: ["RequestResponse", "DryRun"] },
  "InvokeWithResponseStreamRequest.LogType": { enum: ["None", "Tail"] },
  "AddPermissionRequest.StatementId": STATEMENT_ID,
  "AddPermissionRequest.Action": { pattern: "(lambda:[*]|lambda:[a-zA-Z]+|[*])" },
  "AddPermissionRequest.Principal": { pattern: "[^\\s]+" },
  "AddPermissionRequest.SourceArn": {
    pattern: `arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:(${REGION})?:(\\d{12})?:(.*)`,
  },
  "AddPermissionRequest.SourceAccount": { length: [0, 12], pattern: "\\d{12}" },
  "AddPermissionRequest.EventSourceToken": { length: [0, 256], pattern: "[a-zA-Z0-9._\\-]+" },
  "AddPermissionRequest.FunctionUrlAuthType": { enum: ["NONE", "AWS_IAM"] },
  "AddPermissionRequest.PrincipalOrgID": { length: [12, 34], pattern: "o-[a-z0-9]{10,32}" },
  "RemovePermissionRequest.StatementId": { length: [1, 100], pattern: "([a-zA-Z0-9-_.]+)" },
  "PutFunctionConcurrencyRequest.ReservedConcurrentExecutions": { range: [0, 2 ** 31 - 1] },
  "PutProvisionedConcurrencyConfigRequest.ProvisionedConcurrentExecutions": { range: [1, 2 ** 31 - 1] },
  "ListProvisionedConcurrencyConfigsRequest.MaxItems": { range: [1, 50] },
  "PutFunctionRecursionConfigRequest.RecursiveLoop": { enum: ["Terminate", "Allow"] },
  "PutRuntimeManagementConfigRequest.UpdateRuntimeOn": { enum: ["Auto", "Manual", "FunctionUpdate"] },
  "PutRuntimeManagementConfigRequest.RuntimeVersionArn": {
    length: [26, 2048],
    pattern: `arn:(aws[a-zA-Z-]*):lambda:${REGION}::runtime:.+`,
  },
  ...both(["CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"], "AuthType", { enum: ["NONE", "AWS_IAM"] }),
  ...both(["CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"], "InvokeMode", {
    enum: ["BUFFERED", "RESPONSE_STREAM"],
  }),
  "ListFunctionUrlConfigsRequest.MaxItems": { range: [1, 50] },
  "Cors.AllowHeaders": { length: [0, 100] },
  "Cors.AllowMethods": { length: [0, 6], pattern: ".{0,6}" },
  "Cors.AllowOrigins": { length: [0, 100], pattern: ".{1,253}" },
  "Cors.ExposeHeaders": { length: [0, 100] },
  "Cors.MaxAge": { range: [0, 86_400] },
  ...eventSourceConstraints(QUALIFIABLE_NAME, ANY_ARN),
  "OnSuccess.Destination": DESTINATION,
  "OnFailure.Destination": DESTINATION,
};
