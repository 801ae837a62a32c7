import type { FunctionVersion } from "../kernel/functions.ts";
import type { Unpacked } from "./code.ts";
import type { FunctionCredentials } from "./compute.ts";
import type { InitializationType } from "./report.ts";
import { type RuntimeKind, runtimeFolder, runtimeKind, speaksHttp } from "./runtimes.ts";

/** What a process is started with, before it belongs to a function. Nothing else of the host leaks in. */
export function startVariables(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    // Python finds packages installed for the user by it; functions see another one.
    HOME: process.env.HOME ?? "/",
    LANG: "en_US.UTF-8",
    PYTHONUTF8: "1",
    TZ: ":UTC",
  };
}

/** Variables that a runtime or the linker reads only when the process starts. */
const READ_AT_START =
  /^(NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_ICU_DATA|UV_\w+|LD_\w+|MALLOC_\w+|PYTHON\w+|TZ|LANG|LC_\w+)$/;

/** What functions built from TypeScript ask for. The runtime can take it up when it gets the function. */
const SOURCE_MAPS = "--enable-source-maps";

/** Whether a waiting process comes too late: a function sets one of them, or a program to start first. */
export function needsOwnStart(kind: RuntimeKind, version: FunctionVersion): boolean {
  if (speaksHttp(kind) || version.environment.AWS_LAMBDA_EXEC_WRAPPER) return true;
  return Object.entries(version.environment).some(
    ([name, value]) => READ_AT_START.test(name) && !(name === "NODE_OPTIONS" && value === SOURCE_MAPS),
  );
}

export interface EnvironmentFacts extends Unpacked {
  readonly version: FunctionVersion;
  readonly initializationType: InitializationType;
  readonly credentials: FunctionCredentials;
  readonly endpoint: string;
  readonly queueEndpoint: string;
  readonly tracing: Readonly<Record<string, string>>;
  readonly logStream: string;
  readonly temporaryFolder: string;
  readonly sdkFolder: string;
}

/**
 * The variables of an execution environment. The function's own come last but for those that AWS
 * reserves. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function environmentVariables(facts: EnvironmentFacts): Record<string, string> {
  const { version, credentials } = facts;
  const kind = runtimeKind(version.runtime) ?? "node";
  const libraries = [facts.taskRoot, `${facts.taskRoot}/lib`];
  const start = startVariables();
  if (facts.layersRoot) {
    libraries.push(`${facts.layersRoot}/lib`);
    start.PATH += `:${facts.layersRoot}/bin`;
  }
  return {
    ...start,
    HOME: facts.temporaryFolder,
    TMPDIR: facts.temporaryFolder,
    LD_LIBRARY_PATH: libraries.join(":"),
    ...languageVariables(kind, facts),
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    ...facts.tracing,
    ...endpoints(facts),
    ...version.environment,
    _HANDLER: version.handler,
    LAMBDA_TASK_ROOT: facts.taskRoot,
    LAMBDA_RUNTIME_DIR: kind === "custom" ? "/var/runtime" : runtimeFolder(kind),
    AWS_REGION: version.region,
    AWS_DEFAULT_REGION: version.region,
    // Custom runtimes have none: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    ...(kind === "custom" ? {} : { AWS_EXECUTION_ENV: `AWS_Lambda_${version.runtime}` }),
    AWS_LAMBDA_FUNCTION_NAME: version.name,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: facts.initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: version.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: facts.logStream,
    ...(version.logFormat === "JSON" ? jsonLogVariables(version) : {}),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}

/** SDKs warn in a function's log where endpoint and queue's URL differ. Its own endpoint goes for all. */
function endpoints({ endpoint, queueEndpoint, version }: EnvironmentFacts): Record<string, string> {
  if (version.environment.AWS_ENDPOINT_URL !== undefined) return {};
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_SQS: queueEndpoint,
    // SDKs would ask `stream-localhost` for a live tail.
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-host-prefix.html
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
  };
}

function languageVariables(kind: RuntimeKind, facts: EnvironmentFacts): Record<string, string> {
  if (kind === "node") return nodeVariables(facts);
  return kind === "python" ? { PYTHONPATH: facts.taskRoot } : {};
}

function nodeVariables({ sdkFolder, layersRoot, version }: EnvironmentFacts): Record<string, string> {
  const major = /\d+/.exec(version.runtime)?.[0];
  const layers = layersRoot ? [`nodejs/node${major}/node_modules`, "nodejs/node_modules"] : [];
  return {
    NODE_PATH: [...layers.map((folder) => `${layersRoot}/${folder}`), sdkFolder].join(":"),
    // The SDK would advise every function's log on this machine's Node, whatever the function's runtime is.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}

function jsonLogVariables(version: FunctionVersion): Record<string, string> {
  return { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: version.applicationLogLevel ?? "INFO" };
}

/** What a process is told so that it loads the function. */
export function initHead(
  { logFormat, applicationLogLevel }: FunctionVersion,
  { taskRoot, layersRoot }: Unpacked,
  environment: Readonly<Record<string, string>>,
  freezes: boolean,
): object {
  const logLevel = logFormat === "JSON" ? (applicationLogLevel ?? "INFO") : undefined;
  return {
    ...{ type: "init", root: taskRoot, environment, logFormat, freezes },
    ...(layersRoot ? { layers: layersRoot } : {}),
    ...(logLevel ? { logLevel } : {}),
  };
}
