import type * as sdk from "@aws-sdk/client-pipes";
import { PatternError, parsePatternText } from "../../patterns/pattern.ts";
import { invalid } from "./faults.ts";
import { mostAtOnce, sourceKind } from "./parts.ts";
import type { Batching } from "./records.ts";

const MOST_FILTERS = 5;
/** A queue gives no more at once without a window to gather in. */
const MOST_WITHOUT_WINDOW = 10;

type Parameters = sdk.PipeSourceParameters | sdk.UpdatePipeSourceParameters;

/** How a source is to be read, with what is not told taken from before, or from AWS's defaults. */
export function batchingOf(
  source: string,
  target: string,
  given: Parameters | undefined,
  before?: Batching,
): Batching {
  const kind = sourceKind(source);
  const parameters = kind === "sqs" ? given?.SqsQueueParameters : streamParameters(kind, given);
  const most = mostAtOnce(target);
  const size = parameters?.BatchSize ?? before?.size ?? Math.min(kind === "sqs" ? 10 : 100, most);
  const windowSeconds = parameters?.MaximumBatchingWindowInSeconds ?? before?.windowSeconds ?? 0;
  if (size > most) {
    throw invalid(`BatchSize ${size} exceeds the maximum batch size ${most} that the target supports.`);
  }
  if (kind === "sqs" && size > MOST_WITHOUT_WINDOW && windowSeconds === 0) {
    throw invalid(
      "MaximumBatchingWindowInSeconds must be at least 1 for a BatchSize of more than " +
        `${MOST_WITHOUT_WINDOW} of a queue.`,
    );
  }
  if (kind === "sqs" && source.endsWith(".fifo") && size > MOST_WITHOUT_WINDOW) {
    throw invalid(`BatchSize must not exceed ${MOST_WITHOUT_WINDOW} for a FIFO queue.`);
  }
  const stream = kind === "sqs" ? undefined : streamOf(streamParameters(kind, given), before);
  if (kind !== undefined && kind !== "sqs" && !stream) {
    throw invalid("StartingPosition must be specified for a source that is a stream.");
  }
  return { size, windowSeconds, ...(stream ? { stream } : {}) };
}

function streamParameters(kind: ReturnType<typeof sourceKind>, given: Parameters | undefined) {
  return kind === "kinesis" ? given?.KinesisStreamParameters : given?.DynamoDBStreamParameters;
}

function streamOf(
  given: ReturnType<typeof streamParameters>,
  before: Batching | undefined,
): Batching["stream"] {
  const known = before?.stream;
  const { StartingPosition, StartingPositionTimestamp } = (given ??
    {}) as sdk.PipeSourceKinesisStreamParameters;
  const position = StartingPosition ?? known?.position;
  if (position === undefined) return undefined;
  const timestampMs = StartingPositionTimestamp?.getTime() ?? known?.timestampMs;
  if (position === "AT_TIMESTAMP" && timestampMs === undefined) {
    throw invalid("StartingPositionTimestamp must be specified for the StartingPosition AT_TIMESTAMP.");
  }
  const deadLetterArn = given?.DeadLetterConfig ? given.DeadLetterConfig.Arn : known?.deadLetterArn;
  return {
    position,
    ...(timestampMs === undefined ? {} : { timestampMs }),
    parallelization: given?.ParallelizationFactor ?? known?.parallelization ?? 1,
    retries: given?.MaximumRetryAttempts ?? known?.retries ?? -1,
    ageSeconds: given?.MaximumRecordAgeInSeconds ?? known?.ageSeconds ?? -1,
    bisects: given?.OnPartialBatchItemFailure ? true : (known?.bisects ?? false),
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
  };
}

/** The patterns of a filter, each of them checked. */
export function filtersOf(criteria: sdk.FilterCriteria | undefined): string[] {
  const filters = (criteria?.Filters ?? []).map(({ Pattern = "" }) => Pattern);
  if (filters.length > MOST_FILTERS) throw invalid(`A pipe has at most ${MOST_FILTERS} filters.`);
  for (const filter of filters) {
    try {
      parsePatternText(filter, "pipes");
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw invalid(`Event pattern is not valid. Reason: ${error.message}`);
    }
  }
  return filters;
}

/** The parameters as DescribePipe shows them. */
export function shownParameters(
  source: string,
  batching: Batching,
  filters: readonly string[],
): sdk.PipeSourceParameters {
  const { size, windowSeconds, stream } = batching;
  const own = { BatchSize: size, MaximumBatchingWindowInSeconds: windowSeconds };
  const criteria =
    filters.length > 0 ? { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } } : {};
  if (!stream) return sourceKind(source) === "sqs" ? { ...criteria, SqsQueueParameters: own } : criteria;
  const parameters = {
    ...own,
    StartingPosition: stream.position,
    ParallelizationFactor: stream.parallelization,
    MaximumRetryAttempts: stream.retries,
    MaximumRecordAgeInSeconds: stream.ageSeconds,
    ...(stream.bisects ? { OnPartialBatchItemFailure: "AUTOMATIC_BISECT" as const } : {}),
    ...(stream.deadLetterArn === undefined ? {} : { DeadLetterConfig: { Arn: stream.deadLetterArn } }),
  };
  const { timestampMs } = stream;
  if (sourceKind(source) === "dynamodb") {
    const StartingPosition = stream.position as sdk.DynamoDBStreamStartPosition;
    return { ...criteria, DynamoDBStreamParameters: { ...parameters, StartingPosition } };
  }
  const timestamp = timestampMs === undefined ? {} : { StartingPositionTimestamp: new Date(timestampMs) };
  return { ...criteria, KinesisStreamParameters: { ...parameters, ...timestamp } };
}
