import { parseArn } from "./kernel/arn.ts";
import type { Clock } from "./kernel/clock.ts";
import type { FunctionTarget } from "./kernel/functions.ts";
import type { Ids } from "./kernel/ids.ts";
import type { Lifecycle } from "./kernel/lifecycle.ts";
import type { Log } from "./kernel/log.ts";
import type { Metrics } from "./kernel/metrics.ts";
import type { Recorder } from "./kernel/telemetry.ts";
import type { Functions } from "./services/define.ts";
import type { Dispatch } from "./services/dispatch.ts";
import { lastBefore, watchShard as watchChanges } from "./services/dynamodb/streams/watching.ts";
import { watchShard } from "./services/kinesis/watching.ts";
import { eventSourceFeed } from "./services/lambda/event-source-feed.ts";
import { resolveFunction } from "./services/lambda/resolve.ts";
import { pipeFeed } from "./services/pipes/feed.ts";
import { passBatch } from "./services/pipes/pass.ts";
import { parseQueueArn } from "./services/sqs/names.ts";
import { nextVisibleMs, watchQueue } from "./services/sqs/watching.ts";
import { roleSession } from "./services/sts/principals.ts";
import { functionFailure } from "./sources/failures.ts";
import { deliverToFunctions } from "./sources/functions.ts";
import { deliverToPipes, pipeFailure } from "./sources/pipes.ts";
import type { Deliver, ServiceCall } from "./sources/source.ts";
import { createSources, type Sources } from "./sources/sources.ts";
import type { Watches } from "./sources/watches.ts";
import type { Store } from "./store/store.ts";

export interface FeedParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly recorder: Recorder;
  readonly metrics: Metrics;
  readonly lifecycle: Lifecycle;
  readonly functions: Functions;
  readonly dispatch: Dispatch;
  readonly endpoint: () => string;
  readonly fidelity: boolean;
  /** Names this process among those that share the store. */
  readonly holder?: string | undefined;
}

/** A store of one machine is locked by its process: whoever opens it is the same holder again. */
const HOLDER = "local";

/** Wires event sources: who wants their records, how they are read, and how they tell of news. */
export function wireSources(parts: FeedParts): Sources {
  const { store, clock, ids, log, recorder, metrics, lifecycle, functions } = parts;
  const resolve = (arn: string): Promise<FunctionTarget | undefined> =>
    resolveFunction(store, arn, ids.fraction);
  const deliver = deliverToFunctions({
    clock,
    ids,
    log,
    recorder,
    metrics,
    resolve,
    invoke: functions.invoke,
  });
  return createSources({
    ...{ store, clock, ids, log, recorder, metrics },
    holder: parts.holder ?? HOLDER,
    fidelity: parts.fidelity,
    signal: lifecycle.signal,
    begin: () => lifecycle.begin(),
    call: callOf(parts),
    watches: watchesOf(store, clock),
    consumers: [
      { id: "lambda", ...eventSourceFeed(store), deliver, failureRecord: functionFailure },
      { id: "pipes", ...pipeFeed(store), deliver: deliveryOf(parts), failureRecord: pipeFailure },
    ],
  });
}

/** Pipes pass batches on in their own name. */
function deliveryOf({ clock, ids, log, recorder, dispatch }: FeedParts): Deliver {
  const as = dispatch.as("pipes");
  return deliverToPipes({
    ...{ clock, ids, log, recorder },
    pass: ({ account, region, name }, records, trace) =>
      passBatch(as({ account, region }, trace), { account, region, name }, records),
  });
}

function callOf({ dispatch, ids, endpoint, lifecycle }: FeedParts): ServiceCall {
  return (service, operation, input, { scope, trace, role }) =>
    dispatch.call(service, operation, input, {
      scope,
      trace,
      requestId: ids.uuid(),
      identity: { accessKeyId: "", ...roleSession(role, "event-source-mapping") },
      endpoint: endpoint(),
      signal: lifecycle.signal,
    });
}

function watchesOf(store: Store, clock: Clock): Watches {
  return {
    sqs: {
      watch: (arn, signal) => watchQueue(store, queueOf(arn), signal),
      nextMs: (arn, afterMs) => nextVisibleMs(store, queueOf(arn), afterMs),
    },
    dynamodb: {
      watch: (arn, shardId, signal) => watchChanges(store, arn, shardId, clock.now(), signal),
      lastBefore: (arn, shardId, timeMs) => lastBefore(store, arn, shardId, timeMs, clock.now()),
    },
    kinesis: {
      watch: async (arn, shardId, signal) => watchShard(store, streamOf(arn), shardId, signal),
    },
  };
}

function streamOf(arn: string) {
  const { account = "", region = "", resource = "" } = parseArn(arn) ?? {};
  return { account, region, name: resource.replace(/^stream\//, "") };
}

function queueOf(arn: string) {
  const { account = "", region = "", resource: name = "" } = parseArn(arn) ?? {};
  return parseQueueArn(arn) ?? { account, region, name };
}
