// Quotas of Lambda: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

/** What reservations and provisions must leave to other functions, in an account that has so much. */
export const LEAST_UNRESERVED_CONCURRENCY = 100;
export const LARGEST_ZIP_BYTES = 52_428_800;
export const LARGEST_UNZIPPED_BYTES = 262_144_000;
/** 75 GB of zips in an account and Region. */
export const TOTAL_CODE_BYTES = 80_530_636_800;
export const LARGEST_PAYLOAD_BYTES = { RequestResponse: 6_291_456, Event: 1_048_576 } as const;
export const LARGEST_CLIENT_CONTEXT_BYTES = 3583;
export const LARGEST_ENVIRONMENT_BYTES = 4096;
export const LARGEST_POLICY_BYTES = 20_480;
export const MOST_TAGS = 50;
export const MOST_LAYERS = 5;
export const LONGEST_TIMEOUT_SECONDS = 900;
export const MOST_MEMORY_MB = 10_240;
/** Pages of lists hold this many where AWS's hold 50 or 10,000. */
export const PAGE_ITEMS = 50;

export const DEFAULTS = {
  timeoutSeconds: 3,
  memoryMb: 128,
  ephemeralStorageMb: 512,
} as const;

/** Runtimes that AWS accepts for new functions, in the order its message lists them. */
export const RUNTIMES = [
  "nodejs20.x",
  "python3.14",
  "provided.al2023",
  "python3.12",
  "python3.13",
  "nodejs24.x",
  "nodejs22.x",
  "java25",
  "python3.10",
  "python3.11",
  "java21",
  "ruby3.3",
  "ruby3.4",
  "ruby3.2",
  "python3.8",
  "python3.9",
  "java17",
  "nodejs16.x",
  "dotnet10",
  "dotnet8",
  "java11",
  "dotnet6",
  "nodejs18.x",
  "provided.al2",
  "java8.al2",
] as const;

/** Runtimes that AWS knows but no longer takes. */
export const RETIRED_RUNTIMES: ReadonlySet<string> = new Set([
  "nodejs",
  "nodejs4.3",
  "nodejs4.3-edge",
  "nodejs6.10",
  "nodejs8.10",
  "nodejs10.x",
  "nodejs12.x",
  "nodejs14.x",
  "java8",
  "python2.7",
  "python3.6",
  "python3.7",
  "dotnetcore1.0",
  "dotnetcore2.0",
  "dotnetcore2.1",
  "dotnetcore3.1",
  "go1.x",
  "ruby2.5",
  "ruby2.7",
  "provided",
]);

/** Families that this platform runs. */
export const RUNNABLE_RUNTIME = /^(nodejs|python|java|provided\.)/;

/** SnapStart is for Java 11 and later, Python 3.12 and later and .NET 8 and later. */
export const SNAPSTART_RUNTIME = /^(java(1[1-9]|2\d)|python3\.(1[2-9])|dotnet([89]|\d\d))/;

/** Environment variables that Lambda sets itself. */
export const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_RUNTIME_API",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SECRET_KEY",
  "AWS_SESSION_TOKEN",
  "LAMBDA_RUNTIME_DIR",
  "LAMBDA_TASK_ROOT",
]);
