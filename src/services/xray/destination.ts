import type * as sdk from "@aws-sdk/client-xray";
import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import { like, listOf, policyAllows, statementsIn } from "../../kernel/policy.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Value } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { invalid } from "./faults.ts";
import { ownContext, senderOf } from "./own-context.ts";
import { SPANS_GROUP, SPANS_STREAM, spansArn, spansGroup } from "./spans-group.ts";

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search.html

interface DestinationRecord {
  readonly v: 1;
  readonly destination: sdk.TraceSegmentDestination;
  readonly changedMs: number;
}

/** How long a change is under way; AWS tells no time. */
const PENDING_MS = 60_000;
const BEFORE: DestinationRecord = { v: 1, destination: "XRay", changedMs: Number.NEGATIVE_INFINITY };

const keyOf = ({ account, region }: Scope): Key => ["xrayDestination", account, region];

/** Where what PutTraceSegments brings goes to: the log group `aws/spans` gets it besides X-Ray, or not. */
export const destination = {
  async GetTraceSegmentDestination(_input, context) {
    return describe(await recordOf(context), context.clock.now());
  },

  async UpdateTraceSegmentDestination(input, context) {
    const { Destination, CloudWatchLogsConfiguration: configuration } = input;
    if (Destination === undefined) throw invalid("Destination is required.");
    if (configuration && Destination !== "CloudWatchLogs") {
      throw invalid("CloudWatchLogsConfiguration can be specified only for the destination CloudWatchLogs.");
    }
    if (Destination === "CloudWatchLogs") {
      await checkPolicy(context);
      await makeGroup(ownContext(context), configuration?.SpansLogGroupKmsKeyId);
    }
    const { store, scope, clock } = context;
    const found = await recordOf(context);
    if (found.destination === Destination) return describe(found, clock.now());
    const record: DestinationRecord = { v: 1, destination: Destination, changedMs: clock.now() };
    await store.transact(async (tx) => tx.set(keyOf(scope), record as unknown as Value));
    return describe(record, clock.now());
  },
} satisfies Handlers<typeof sdk>;

/** Whether segments go to the log group by now. */
export async function goesToLogs(context: Context): Promise<boolean> {
  const record = await recordOf(context);
  const isSettled = describe(record, context.clock.now()).Status === "ACTIVE";
  return (record.destination === "CloudWatchLogs") === isSettled;
}

async function recordOf({ store, scope }: Context): Promise<DestinationRecord> {
  const found = await store.transact((tx) => tx.get(keyOf(scope)));
  return (found as unknown as DestinationRecord | undefined) ?? BEFORE;
}

const describe = ({ destination: to, changedMs }: DestinationRecord, nowMs: number) => ({
  Destination: to,
  Status: nowMs < changedMs + PENDING_MS ? ("PENDING" as const) : ("ACTIVE" as const),
});

/** X-Ray must be let into the log group; where policies are only observed, what AWS would refuse is told. */
async function checkPolicy(context: Context): Promise<void> {
  const { resourcePolicies = [] } = await ownContext(context).call("logs", "DescribeResourcePolicies", {});
  const contents = `${spansArn(context.scope)}:*`;
  const Statement = resourcePolicies
    .flatMap(({ policyDocument = "" }) => statementsIn(policyDocument) ?? [])
    .filter(({ Resource = "*" }) => listOf(Resource).some((pattern) => like(String(pattern), contents)));
  const policy = JSON.stringify({ Statement });
  if (policyAllows(policy, "logs:PutLogEvents", senderOf(context))) return;
  const message = `XRay does not have permission to call PutLogEvents on the ${SPANS_GROUP} Log Group`;
  if (context.policies === "enforce") throw invalid(message);
  context.log.warn("on AWS the destination CloudWatchLogs would be refused", { reason: message });
}

async function makeGroup(context: Context, kmsKeyId: string | undefined): Promise<void> {
  const isThere = (await spansGroup(context)) !== undefined;
  if (kmsKeyId !== undefined) {
    if (isThere) throw invalid(`The log group ${SPANS_GROUP} already exists.`);
    const arn = parseArn(kmsKeyId);
    if (arn?.service !== "kms" || !arn.resource.startsWith("key/")) {
      throw invalid("SpansLogGroupKmsKeyId must be the ARN of a key.");
    }
  }
  if (isThere) return;
  const key = kmsKeyId === undefined ? {} : { kmsKeyId };
  const unlessThere = (error: unknown) => {
    if (!(error instanceof Fault)) throw error;
    if (error.code !== "ResourceAlreadyExistsException") throw invalid(error.message);
  };
  await context.call("logs", "CreateLogGroup", { logGroupName: SPANS_GROUP, ...key }).catch(unlessThere);
  const stream = { logGroupName: SPANS_GROUP, logStreamName: SPANS_STREAM };
  await context.call("logs", "CreateLogStream", stream).catch(unlessThere);
}
