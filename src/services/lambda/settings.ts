import { platformFault } from "../../kernel/faults.ts";
import type { Input } from "../define.ts";
import { fault } from "./faults.ts";
import {
  DEFAULTS,
  LARGEST_ENVIRONMENT_BYTES,
  RESERVED_VARIABLES,
  RETIRED_RUNTIMES,
  RUNNABLE_RUNTIME,
  RUNTIMES,
  SNAPSTART_RUNTIME,
} from "./limits.ts";
import type { LoggingRecord, VersionRecord } from "./records.ts";

type Create = Input<typeof import("@aws-sdk/client-lambda").CreateFunctionCommand>;
type Update = Input<typeof import("@aws-sdk/client-lambda").UpdateFunctionConfigurationCommand>;

/** What a caller sets of a version; the code and what the platform gives it come besides. */
export type Settings = Omit<
  VersionRecord,
  | "v"
  | "version"
  | "revisionId"
  | "build"
  | "lastModifiedMs"
  | "codeBlob"
  | "codeSha256"
  | "codeSizeBytes"
  | "unzippedBytes"
  | "layers"
  | "architecture"
>;

/** The settings of a new function, checked in AWS's order. */
export function newSettings(name: string, input: Create): Settings {
  refuseUnsupported(input);
  if (!input.Runtime || !input.Handler) {
    throw invalid(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  checkRuntime(input.Runtime);
  return merge(
    {
      description: "",
      runtime: input.Runtime,
      handler: input.Handler,
      role: input.Role ?? "",
      ...DEFAULTS,
      tracingMode: "PassThrough",
      snapStart: "None",
      logging: { group: `/aws/lambda/${name}`, format: "Text" },
    },
    input,
    name,
  );
}

/** A version's settings with what an update names replaced. */
export function changedSettings(name: string, current: Settings, input: Update): Settings {
  refuseUnsupported(input);
  if (input.Runtime) checkRuntime(input.Runtime);
  return merge(current, input, name);
}

function merge(current: Settings, input: Update | Create, name: string): Settings {
  const runtime = input.Runtime ?? current.runtime;
  const snapStart = input.SnapStart?.ApplyOn ?? current.snapStart;
  if (snapStart === "PublishedVersions" && !SNAPSTART_RUNTIME.test(runtime)) {
    throw invalid(`${runtime} is not supported for SnapStart enabled functions.`);
  }
  const variables = input.Environment ? (input.Environment.Variables ?? {}) : current.environment;
  if (input.Environment) checkEnvironment(variables ?? {});
  const { deadLetterTarget: oldTarget, kmsKeyArn: oldKey, vpc: oldVpc, environment: _, ...kept } = current;
  const deadLetterTarget = input.DeadLetterConfig ? input.DeadLetterConfig.TargetArn : oldTarget;
  checkDeadLetterTarget(deadLetterTarget);
  const kmsKeyArn = input.KMSKeyArn ?? oldKey;
  const vpc = input.VpcConfig
    ? {
        subnetIds: input.VpcConfig.SubnetIds ?? [],
        securityGroupIds: input.VpcConfig.SecurityGroupIds ?? [],
        ipv6: input.VpcConfig.Ipv6AllowedForDualStack ?? false,
      }
    : oldVpc;
  return {
    ...kept,
    description: input.Description ?? current.description,
    runtime,
    handler: input.Handler ?? current.handler,
    role: input.Role ?? current.role,
    timeoutSeconds: input.Timeout ?? current.timeoutSeconds,
    memoryMb: input.MemorySize ?? current.memoryMb,
    ephemeralStorageMb: input.EphemeralStorage?.Size ?? current.ephemeralStorageMb,
    tracingMode: input.TracingConfig?.Mode ?? current.tracingMode,
    snapStart,
    logging: input.LoggingConfig ? mergeLogging(name, current.logging, input.LoggingConfig) : current.logging,
    ...(variables ? { environment: variables } : {}),
    ...(deadLetterTarget ? { deadLetterTarget } : {}),
    ...(kmsKeyArn ? { kmsKeyArn } : {}),
    ...(vpc ? { vpc } : {}),
  };
}

/** AWS accepts an SQS queue or an SNS topic. */
function checkDeadLetterTarget(target: string | undefined): void {
  if (!target || /^arn:[^:]+:(sqs|sns):/.test(target)) return;
  throw invalid(`The provided dead letter config DeadLetterConfig(targetArn=${target}) is invalid.`);
}

/** AWS's limit is on the variables written as one JSON object. */
function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const names = Object.keys(variables);
  if (names.some((name) => !/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name))) {
    throw platformFault(
      "ValidationException",
      "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: " +
        "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: " +
        "[a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]",
    );
  }
  const reserved = names.filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length) {
    throw invalid(
      "Lambda was unable to configure your environment variables because the environment variables you " +
        "have provided contains reserved keys that are currently not supported for modification. " +
        `Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  const measured = JSON.stringify(variables);
  if (Buffer.byteLength(measured) > LARGEST_ENVIRONMENT_BYTES) {
    throw invalid(
      "Lambda was unable to configure your environment variables because the environment variables you " +
        `have provided exceeded the 4KB limit. String measured: ${measured}`,
    );
  }
}

function checkRuntime(runtime: string): void {
  if (RETIRED_RUNTIMES.has(runtime)) {
    throw invalid(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda ` +
        "functions. We recommend you use a supported runtime while creating or updating functions.",
    );
  }
  if (!(RUNTIMES as readonly string[]).includes(runtime)) {
    throw invalid(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ` +
        `[${RUNTIMES.join(", ")}] or be a valid ARN`,
    );
  }
  if (!RUNNABLE_RUNTIME.test(runtime)) {
    throw platformFault(
      "NotImplemented",
      `The runtime ${runtime} cannot be run here: Node.js, Python, Java and custom runtimes can.`,
    );
  }
}

function mergeLogging(
  name: string,
  current: LoggingRecord,
  given: NonNullable<Update["LoggingConfig"]>,
): LoggingRecord {
  const format = given.LogFormat ?? current.format;
  const levels = given.ApplicationLogLevel ?? given.SystemLogLevel;
  if (format === "Text" && levels) {
    throw invalid(
      'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or ' +
        'change the LogFormat to "JSON" and try again.',
    );
  }
  const group = given.LogGroup ?? current.group ?? `/aws/lambda/${name}`;
  if (format === "Text") return { group, format };
  return {
    group,
    format,
    applicationLevel: given.ApplicationLogLevel ?? current.applicationLevel ?? "INFO",
    systemLevel: given.SystemLogLevel ?? current.systemLevel ?? "INFO",
  };
}

/** What would silently change how a function behaves is refused; see README for what works. */
function refuseUnsupported(input: Partial<Create>): void {
  const refuse = (what: string): never => {
    throw invalid(`${what} is not supported by this platform yet.`);
  };
  if (input.PackageType === "Image" || input.Code?.ImageUri) refuse("The package type Image");
  if (input.ImageConfig) throw invalid("ImageConfig is not supported for functions of package type Zip.");
  if (input.FileSystemConfigs?.length) refuse("FileSystemConfigs");
  if (input.TenancyConfig) refuse("TenancyConfig");
  if (input.CapacityProviderConfig) refuse("CapacityProviderConfig");
  if (input.DurableConfig) refuse("DurableConfig");
  if (input.PublishTo) refuse("PublishTo");
  if (input.CodeSigningConfigArn) {
    throw fault(
      "CodeSigningConfigNotFoundException",
      "The code signing configuration cannot be found. Check that the provided configuration is not " +
        `deleted: ${input.CodeSigningConfigArn}.`,
    );
  }
}

const invalid = (message: string) => fault("InvalidParameterValueException", message);
