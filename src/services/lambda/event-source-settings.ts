import type {
  CreateEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  UpdateEventSourceMappingRequest,
} from "@aws-sdk/client-lambda";
import { parseArn } from "../../kernel/arn.ts";
import { PatternError, parsePatternText } from "../../patterns/pattern.ts";
import type { EventSourceSettings, StreamSettings } from "./event-source-records.ts";
import { fault } from "./faults.ts";

export type SourceKind = "sqs" | "kinesis" | "dynamodb";

type Given = Omit<CreateEventSourceMappingRequest & UpdateEventSourceMappingRequest, "UUID" | "FunctionName">;
type Member = keyof Given;

const FOR_ALL: readonly Member[] = [
  "BatchSize",
  "MaximumBatchingWindowInSeconds",
  "FilterCriteria",
  "FunctionResponseTypes",
  "KMSKeyArn",
  "MetricsConfig",
];
const FOR_STREAMS: readonly Member[] = [
  "StartingPosition",
  "StartingPositionTimestamp",
  "ParallelizationFactor",
  "TumblingWindowInSeconds",
  "BisectBatchOnFunctionError",
  "MaximumRetryAttempts",
  "MaximumRecordAgeInSeconds",
  "DestinationConfig",
];
/** Members that say something of the source, by its kind; another's is refused. */
const TAKEN: Readonly<Record<SourceKind, readonly Member[]>> = {
  sqs: [...FOR_ALL, "ScalingConfig", "ProvisionedPollerConfig"],
  kinesis: [...FOR_ALL, ...FOR_STREAMS],
  dynamodb: [...FOR_ALL, ...FOR_STREAMS],
};
const ALL: readonly Member[] = [
  ...FOR_ALL,
  ...FOR_STREAMS,
  "ScalingConfig",
  "ProvisionedPollerConfig",
  "LoggingConfig",
  "Topics",
  "Queues",
  "SourceAccessConfigurations",
  "SelfManagedEventSource",
  "AmazonManagedKafkaEventSourceConfig",
  "SelfManagedKafkaEventSourceConfig",
  "DocumentDBEventSourceConfig",
];

const DEFAULT_BATCH: Readonly<Record<SourceKind, number>> = { sqs: 10, kinesis: 100, dynamodb: 100 };
const MOST_IN_BATCH = 10_000;
const MOST_IN_FIFO_BATCH = 10;
const MOST_WITHOUT_WINDOW = 10;
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-basics */
const MOST_FILTERS = 10;
const LEAST_AGE_SECONDS = 60;
const POLLERS = { least: 2, mostLeast: 200, most: 10_000, default: 200 } as const;

const DEFAULT_STREAM = {
  parallelization: 1,
  tumblingSeconds: 0,
  bisects: false,
  retries: -1,
  ageSeconds: -1,
} as const;

/** The settings of a new mapping. Faults: InvalidParameterValueException. */
export function newSettings(
  kind: SourceKind,
  sourceArn: string,
  given: Given,
  nowMs: number,
): EventSourceSettings {
  const stream =
    kind === "sqs" ? {} : { stream: { ...DEFAULT_STREAM, ...startOf(kind, sourceArn, given, nowMs) } };
  const settings = { batchSize: DEFAULT_BATCH[kind], windowSeconds: 0, responseTypes: [], ...stream };
  return changedSettings(kind, sourceArn, settings, given);
}

/** The settings with what a request gives in their place. */
export function changedSettings(
  kind: SourceKind,
  sourceArn: string,
  before: EventSourceSettings,
  given: Given,
): EventSourceSettings {
  const strange = ALL.find((member) => given[member] !== undefined && !TAKEN[kind].includes(member));
  if (strange) throw invalid(`Unsupported ${strange} parameter for given event source mapping type.`);
  const { KMSKeyArn, MetricsConfig, FilterCriteria, FunctionResponseTypes, ScalingConfig } = given;
  const { filters, kmsKeyArn, metrics, maximumConcurrency, pollers, ...rest } = before;
  const most = ScalingConfig === undefined ? maximumConcurrency : ScalingConfig.MaximumConcurrency;
  const patterns = FilterCriteria === undefined ? filters : patternsOf(FilterCriteria);
  const kept =
    given.ProvisionedPollerConfig === undefined ? pollers : pollersOf(given.ProvisionedPollerConfig, pollers);
  const key = KMSKeyArn === undefined ? kmsKeyArn : KMSKeyArn || undefined;
  const counted = MetricsConfig === undefined ? metrics : (MetricsConfig.Metrics ?? []);
  const after: EventSourceSettings = {
    ...rest,
    batchSize: given.BatchSize ?? before.batchSize,
    windowSeconds: given.MaximumBatchingWindowInSeconds ?? before.windowSeconds,
    responseTypes: FunctionResponseTypes ?? before.responseTypes,
    ...(patterns?.length ? { filters: patterns } : {}),
    ...(key === undefined ? {} : { kmsKeyArn: key }),
    ...(counted === undefined ? {} : { metrics: counted }),
    ...(most === undefined ? {} : { maximumConcurrency: most }),
    ...(kept === undefined ? {} : { pollers: kept }),
    ...(before.stream ? { stream: changedStream(before.stream, given) } : {}),
  };
  checkTogether(kind, sourceArn, after);
  return after;
}

function startOf(
  kind: SourceKind,
  sourceArn: string,
  { StartingPosition: position, StartingPositionTimestamp: timestamp }: Given,
  nowMs: number,
): Pick<StreamSettings, "position" | "timestampMs"> {
  if (position === undefined) {
    throw invalid(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: " +
        "Member must not be null.",
    );
  }
  if (kind === "dynamodb" && position === "AT_TIMESTAMP")
    throw invalid(`Unsupported starting position for arn type: ${sourceArn}`);
  if (position !== "AT_TIMESTAMP") {
    if (timestamp !== undefined)
      throw invalid("StartingPositionTimestamp is only valid with StartingPosition AT_TIMESTAMP.");
    return { position };
  }
  if (timestamp === undefined)
    throw invalid("StartingPositionTimestamp is required with StartingPosition AT_TIMESTAMP.");
  if (timestamp.getTime() > nowMs) throw invalid("StartingPositionTimestamp cannot be in the future.");
  return { position, timestampMs: timestamp.getTime() };
}

function changedStream(before: StreamSettings, given: Given): StreamSettings {
  const { onFailure, ...rest } = before;
  const { DestinationConfig: destinations } = given;
  if (destinations?.OnSuccess !== undefined)
    throw invalid("Unsupported DestinationConfig parameter for given event source mapping type.");
  const destination =
    destinations === undefined ? onFailure : destinations.OnFailure?.Destination || undefined;
  if (destination !== undefined && !["sqs", "sns", "s3"].includes(parseArn(destination)?.service ?? "")) {
    throw invalid(
      `The provided destination config DestinationConfig(onSuccess=null, ` +
        `onFailure=OnFailure(destination=${destination})) is invalid.`,
    );
  }
  const ageSeconds = given.MaximumRecordAgeInSeconds ?? before.ageSeconds;
  if (ageSeconds !== -1 && ageSeconds < LEAST_AGE_SECONDS)
    throw invalid("MaximumRecordAgeInSeconds must be -1, or between 60 and 604800.");
  return {
    ...rest,
    parallelization: given.ParallelizationFactor ?? before.parallelization,
    tumblingSeconds: given.TumblingWindowInSeconds ?? before.tumblingSeconds,
    bisects: given.BisectBatchOnFunctionError ?? before.bisects,
    retries: given.MaximumRetryAttempts ?? before.retries,
    ageSeconds,
    ...(destination === undefined ? {} : { onFailure: destination }),
  };
}

function patternsOf({ Filters = [] }: NonNullable<Given["FilterCriteria"]>): string[] {
  if (Filters.length > MOST_FILTERS) throw invalid(`At most ${MOST_FILTERS} filters are allowed.`);
  return Filters.map(({ Pattern = "" }) => {
    try {
      parsePatternText(Pattern, "filter");
      return Pattern;
    } catch (error) {
      if (error instanceof PatternError) throw invalid("Invalid filter pattern definition.");
      throw error;
    }
  });
}

/** An empty configuration ends the provisioned mode. */
function pollersOf(
  { MinimumPollers, MaximumPollers, PollerGroupName }: NonNullable<Given["ProvisionedPollerConfig"]>,
  before: EventSourceSettings["pollers"],
): EventSourceSettings["pollers"] {
  if (PollerGroupName !== undefined)
    throw invalid("Unsupported PollerGroupName parameter for given event source mapping type.");
  if (MinimumPollers === undefined && MaximumPollers === undefined) return undefined;
  const least = MinimumPollers ?? before?.least ?? POLLERS.least;
  const most = MaximumPollers ?? before?.most ?? Math.max(POLLERS.default, least);
  if (least < POLLERS.least || least > POLLERS.mostLeast || most < least || most > POLLERS.most) {
    throw invalid(
      "MinimumPollers should be between [2, 200] and " +
        "MaximumPollers should be between [MinimumPollers, 10000]",
    );
  }
  return { least, most };
}

function checkTogether(kind: SourceKind, sourceArn: string, settings: EventSourceSettings): void {
  const { batchSize, windowSeconds, maximumConcurrency, pollers } = settings;
  if (kind !== "sqs") return;
  const fifo = sourceArn.endsWith(".fifo");
  const most = fifo ? MOST_IN_FIFO_BATCH : MOST_IN_BATCH;
  if (batchSize > most) throw invalid(`BatchSize ${batchSize} exceeds the max of ${most}`);
  if (fifo && windowSeconds > 0) throw invalid("Batching window is not supported for FIFO queues");
  if (batchSize > MOST_WITHOUT_WINDOW && windowSeconds === 0) {
    throw invalid(
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    );
  }
  if (pollers && maximumConcurrency !== undefined) {
    throw invalid(
      "Provisioned mode for SQS ESM does not support maximum concurrency feature. " +
        "Use MaximumPollers as the control mechanism and remove maximum concurrency.",
    );
  }
}

/** The settings as AWS shows them. */
export function describeSettings(settings: EventSourceSettings): EventSourceMappingConfiguration {
  const {
    batchSize,
    windowSeconds,
    responseTypes,
    filters,
    kmsKeyArn,
    metrics,
    maximumConcurrency,
    pollers,
  } = settings;
  return {
    BatchSize: batchSize,
    MaximumBatchingWindowInSeconds: windowSeconds,
    FunctionResponseTypes: [...responseTypes] as "ReportBatchItemFailures"[],
    ...(filters ? { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } } : {}),
    ...(kmsKeyArn === undefined ? {} : { KMSKeyArn: kmsKeyArn }),
    ...(metrics ? { MetricsConfig: { Metrics: [...metrics] as "EventCount"[] } } : {}),
    ...(maximumConcurrency === undefined
      ? {}
      : { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
    ...(pollers
      ? { ProvisionedPollerConfig: { MinimumPollers: pollers.least, MaximumPollers: pollers.most } }
      : {}),
    ...(settings.stream ? describeStream(settings.stream) : {}),
  };
}

function describeStream(stream: StreamSettings): EventSourceMappingConfiguration {
  const { position, timestampMs, onFailure } = stream;
  return {
    StartingPosition: position,
    ...(timestampMs === undefined ? {} : { StartingPositionTimestamp: new Date(timestampMs) }),
    ParallelizationFactor: stream.parallelization,
    TumblingWindowInSeconds: stream.tumblingSeconds,
    BisectBatchOnFunctionError: stream.bisects,
    MaximumRetryAttempts: stream.retries,
    MaximumRecordAgeInSeconds: stream.ageSeconds,
    DestinationConfig: { OnFailure: onFailure === undefined ? {} : { Destination: onFailure } },
  };
}

const invalid = (message: string) => fault("InvalidParameterValueException", message);
