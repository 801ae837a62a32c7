import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { formatArn } from "../../kernel/arn.ts";
import { functionArn, qualifiedArn } from "./names.ts";
import type { FunctionId, LoggingRecord, VersionRecord } from "./records.ts";

/** Times as Lambda writes them: `2026-11-23T03:17:45.123+0000`. */
export const lambdaTime = (timeMs: number): string => new Date(timeMs).toISOString().replace("Z", "+0000");

/**
 * A version as AWS answers it. `arn` says under which name: published versions carry theirs in lists and
 * reads, and the function's own in the answer to CreateFunction with Publish.
 */
export function describeVersion(
  id: FunctionId,
  record: VersionRecord,
  arn: "qualified" | "unqualified" = record.version === "$LATEST" ? "unqualified" : "qualified",
): FunctionConfiguration {
  return {
    FunctionName: id.name,
    FunctionArn: arn === "qualified" ? qualifiedArn(id, record.version) : functionArn(id),
    Runtime: record.runtime as NonNullable<FunctionConfiguration["Runtime"]>,
    Role: record.role,
    Handler: record.handler,
    CodeSize: record.codeSizeBytes,
    Description: record.description,
    Timeout: record.timeoutSeconds,
    MemorySize: record.memoryMb,
    LastModified: lambdaTime(record.lastModifiedMs),
    CodeSha256: record.codeSha256,
    Version: record.version,
    TracingConfig: { Mode: record.tracingMode },
    RevisionId: record.revisionId,
    State: "Active",
    LastUpdateStatus: "Successful",
    PackageType: "Zip",
    Architectures: [record.architecture],
    EphemeralStorage: { Size: record.ephemeralStorageMb },
    SnapStart: { ApplyOn: record.snapStart, OptimizationStatus: "Off" },
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(id, record.runtime) },
    LoggingConfig: describeLogging(record.logging),
    ...(record.environment ? { Environment: { Variables: { ...record.environment } } } : {}),
    ...(record.deadLetterTarget ? { DeadLetterConfig: { TargetArn: record.deadLetterTarget } } : {}),
    ...(record.kmsKeyArn ? { KMSKeyArn: record.kmsKeyArn } : {}),
    ...(record.layers
      ? { Layers: record.layers.map(({ arn, codeSizeBytes }) => ({ Arn: arn, CodeSize: codeSizeBytes })) }
      : {}),
    ...(record.vpc ? { VpcConfig: describeVpc(record.vpc) } : {}),
  };
}

function describeVpc(vpc: NonNullable<VersionRecord["vpc"]>): FunctionConfiguration["VpcConfig"] {
  return {
    SubnetIds: [...vpc.subnetIds],
    SecurityGroupIds: [...vpc.securityGroupIds],
    VpcId: "",
    Ipv6AllowedForDualStack: vpc.ipv6,
  };
}

function describeLogging(logging: LoggingRecord): NonNullable<FunctionConfiguration["LoggingConfig"]> {
  const level = (name: "ApplicationLogLevel" | "SystemLogLevel", value: string | undefined) =>
    value ? { [name]: value } : {};
  return {
    LogFormat: logging.format,
    ...level("ApplicationLogLevel", logging.applicationLevel),
    ...level("SystemLogLevel", logging.systemLevel),
    LogGroup: logging.group,
  };
}

/** AWS names the build of a runtime by a hash; here it is the runtime's own name that it stands for. */
function runtimeVersionArn(id: FunctionId, runtime: string): string {
  const digits = Buffer.from(runtime.padEnd(32, "-")).toString("hex").slice(0, 64);
  return formatArn("lambda", { region: id.region }, `runtime:${digits}`);
}
