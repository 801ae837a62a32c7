import type { Blobs } from "./blobs/blobs.ts";
import type { Compute } from "./compute/compute.ts";
import { createCompute } from "./compute/create.ts";
import { inspectZip } from "./compute/zip.ts";
import type { Config } from "./config.ts";
import { createDelivery, type Delivery } from "./delivery/delivery.ts";
import { createFunctionMetrics } from "./delivery/metrics.ts";
import type { Chaos } from "./kernel/chaos.ts";
import type { Clock } from "./kernel/clock.ts";
import { UserError } from "./kernel/faults.ts";
import type { Ids } from "./kernel/ids.ts";
import type { Lifecycle } from "./kernel/lifecycle.ts";
import type { Log } from "./kernel/log.ts";
import type { Metrics } from "./kernel/metrics.ts";
import { newTrace } from "./kernel/trace.ts";
import type { Observe } from "./observe/observe.ts";
import { openTraceDaemon } from "./platform-daemon.ts";
import type { Credentials, Functions } from "./services/define.ts";
import type { Dispatch } from "./services/dispatch.ts";
import { permitsInvoke } from "./services/lambda/permissions.ts";
import { resolveFunction } from "./services/lambda/resolve.ts";
import { roleSession } from "./services/sts/principals.ts";
import type { Store } from "./store/store.ts";

export interface FunctionParts {
  readonly config: Pick<Config, "account" | "accountConcurrency" | "fidelity" | "freeze" | "port" | "region">;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
  readonly store: Store;
  readonly blobs: Blobs;
  readonly observe: Observe;
  readonly functionsFolder: string;
  readonly credentials: Credentials;
  readonly chaos: Chaos;
  readonly metrics: Metrics;
  /** Asked late: the gateway and the services need what is opened here. */
  readonly endpoint: () => string;
  readonly dispatch: () => Dispatch | undefined;
}

/** What runs functions, and what delivers to them. */
export interface Machinery {
  readonly compute: Compute;
  readonly delivery: Delivery;
  readonly inspectCode: Functions["inspectCode"];
  readonly permits: Functions["permits"];
}

/** What runs functions and delivers to them: loaded when the first function or event is there. */
export function openMachinery(parts: FunctionParts): Machinery {
  const compute = openCompute(parts);
  return {
    compute,
    delivery: openDelivery(parts, compute),
    inspectCode: inspectZip,
    permits: (functionArn, source) => permitsInvoke(parts.store, functionArn, source),
  };
}

function openCompute(parts: FunctionParts): Compute {
  const { config, clock, ids, log, blobs, observe, functionsFolder, credentials } = parts;
  const daemon = openDaemon(parts);
  // By number: SDKs put a bucket's name in front of a host's name, and `photos.localhost` is known to few
  // resolvers; an address they leave alone.
  const endpoint = () => parts.endpoint().replace("//localhost:", "//127.0.0.1:");
  return createCompute({
    clock,
    ids,
    log,
    recorder: observe.recorder,
    folder: functionsFolder,
    endpoint,
    queueEndpoint: parts.endpoint,
    tracing: () => {
      const address = daemon.address();
      return {
        ...(address ? { AWS_XRAY_DAEMON_ADDRESS: address } : {}),
        OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint()}/_nuage/otlp`,
      };
    },
    readCode: (codeBlob) => blobs.readAll(codeBlob),
    credentials: (version) =>
      credentials.issue({
        ...roleSession(version.role, version.name),
        // A function's credentials are renewed for as long as it runs; no turned clock may end them.
        expiresAtMs: Number.MAX_SAFE_INTEGER,
      }),
    freeze: config.freeze,
  });
}

/** What functions trace themselves is taken in the name of the platform's own account. */
function openDaemon({ config, clock, ids, log, lifecycle, dispatch, endpoint }: FunctionParts) {
  const daemon = openTraceDaemon(config.port !== 0, log, async (documents) => {
    const input = { TraceSegmentDocuments: [...documents] };
    await dispatch()?.call("xray", "PutTraceSegments", input, {
      scope: { account: config.account, region: config.region },
      trace: { ...newTrace(clock, ids), sampled: false },
      requestId: ids.uuid(),
      identity: { accessKeyId: "", account: config.account, arn: "xray.amazonaws.com", userId: "xray" },
      endpoint: endpoint(),
      signal: lifecycle.signal,
    });
  });
  lifecycle.onClose("trace daemon", () => daemon.close());
  return daemon;
}

function openDelivery(parts: FunctionParts, compute: Compute): Delivery {
  const { config, clock, ids, log, lifecycle, store, observe, chaos } = parts;
  return createDelivery({
    store,
    clock,
    ids,
    log,
    recorder: observe.recorder,
    lifecycle,
    compute,
    chaos,
    fidelity: config.fidelity,
    accountConcurrency: config.accountConcurrency,
    metrics: createFunctionMetrics(parts.metrics, clock),
    resolve: (functionArn) => resolveFunction(store, functionArn, ids.fraction),
    async call(service, operation, input, as) {
      const services = parts.dispatch();
      if (!services) throw new UserError("the platform has not started yet.");
      const session = roleSession(as.role, as.name);
      return services.call(service, operation, input, {
        scope: as.scope,
        trace: as.trace,
        requestId: ids.uuid(),
        identity: { accessKeyId: "", ...session },
        endpoint: parts.endpoint(),
        signal: lifecycle.signal,
      });
    },
  });
}
