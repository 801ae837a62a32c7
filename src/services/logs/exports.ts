import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { Fault } from "../../kernel/faults.ts";
import { pageOf } from "../../kernel/paging.ts";
import { policyAllows } from "../../kernel/policy.ts";
import { formatTraceHeader } from "../../kernel/trace.ts";
import type { Context, Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import { type ExportRecord, exportsOf, readExport, writeExport } from "./export-records.ts";
import { exportWork } from "./exporting.ts";
import { badToken, fault, invalid, limitExceeded, missing } from "./faults.ts";
import { contentsArn } from "./names.ts";
import { allOf } from "./reading.ts";

const LISTED = 50;
const ACTIVE: readonly string[] = ["PENDING", "RUNNING", "PENDING_CANCEL"];

export const exportTasks = {
  async CreateExportTask(input, context) {
    const { logGroupName: group = "", destination: bucket = "", from: fromMs = 0, to: toMs = 0 } = input;
    const { store, scope, clock, ids } = context;
    if (fromMs >= toMs) throw invalid("The to time must be later than the from time.");
    const prefix = (input.destinationPrefix ?? "exportedlogs").replace(/\/+$/, "");
    await store.transact((tx) => requireGroup(tx, { ...scope, name: group }));
    await checkBucket(context, group, bucket, prefix);
    const record: ExportRecord = {
      v: 1,
      id: ids.uuid(),
      ...(input.taskName === undefined ? {} : { name: input.taskName }),
      group,
      ...(input.logStreamNamePrefix === undefined ? {} : { streamPrefix: input.logStreamNamePrefix }),
      ...{ fromMs, toMs, bucket, prefix },
      status: "PENDING",
      createdMs: Math.floor(clock.now()),
    };
    await store.transact(async (tx) => {
      const known = await allOf(exportsOf(tx, scope));
      if (known.some(({ status }) => ACTIVE.includes(status)))
        throw limitExceeded("Resource limit exceeded.");
      writeExport(tx, scope, record);
      const work = { v: 1, ...scope, id: record.id, trace: formatTraceHeader(context.trace) } as const;
      exportWork.post(tx, clock.now(), work);
    });
    return { taskId: record.id };
  },

  async DescribeExportTasks({ taskId, statusCode, limit = LISTED, nextToken }, { store, scope }) {
    const isWanted = ({ id, status }: ExportRecord) =>
      (taskId === undefined || id === taskId) && (statusCode === undefined || status === statusCode);
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => exportsOf(tx, scope, after?.[0]),
        ({ id }) => [id],
        { limit, token: nextToken, isWanted, invalid: badToken },
      ),
    );
    const { NextToken } = token;
    return {
      exportTasks: items.map(describe),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },

  async CancelExportTask({ taskId = "" }, { store, scope, clock }) {
    await store.transact(async (tx) => {
      const record = await readExport(tx, scope, taskId);
      if (!record) throw missing("The specified export task does not exist.");
      if (!ACTIVE.includes(record.status)) {
        throw fault(
          "InvalidOperationException",
          `The export task is ${record.status} and cannot be cancelled.`,
        );
      }
      const endedMs = Math.floor(clock.now());
      writeExport(
        tx,
        scope,
        record.status === "PENDING"
          ? { ...record, status: "CANCELLED", endedMs }
          : { ...record, status: "PENDING_CANCEL" },
      );
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** As AWS does, looks at the bucket and writes an object into it before it takes the task. */
async function checkBucket(context: Context, group: string, bucket: string, prefix: string): Promise<void> {
  const explain = (call: string) =>
    invalid(
      `${call} call on the given bucket failed. ` +
        "Please check if CloudWatch Logs has been granted permission to perform this operation.",
    );
  const asked = async <Answer>(call: string, ask: Promise<Answer>): Promise<Answer> => {
    try {
      return await ask;
    } catch (error) {
      throw error instanceof Fault ? explain(call) : error;
    }
  };
  await asked("GetBucketAcl", context.call("s3", "GetBucketAcl", { Bucket: bucket }));
  const policy = await context.call("s3", "GetBucketPolicy", { Bucket: bucket }).then(
    ({ Policy }) => Policy,
    () => undefined,
  );
  for (const action of ["GetBucketAcl", "PutObject"]) {
    if (isOpen(context, group, policy, `s3:${action}`)) continue;
    if (context.policies === "enforce") throw explain(action);
    context.log.warn(
      "on AWS this would not be exported: the bucket's policy does not let CloudWatch Logs in",
      {
        bucket,
        needed: `Allow s3:${action} to the service logs.${context.scope.region}.amazonaws.com`,
      },
    );
    break;
  }
  const Key = `${prefix}/aws-logs-write-test`;
  const Body = Buffer.from("Permission Check Successful");
  await asked("PutObject", context.call("s3", "PutObject", { Bucket: bucket, Key, Body }));
}

function isOpen({ scope }: Context, group: string, policy: string | undefined, action: string): boolean {
  const sourceArn = contentsArn({ ...scope, name: group });
  return ["logs.amazonaws.com", `logs.${scope.region}.amazonaws.com`].some((service) =>
    policyAllows(policy, action, { service, sourceArn, sourceAccount: scope.account }),
  );
}

function describe(record: ExportRecord): sdk.ExportTask {
  const { id, name, group, fromMs, toMs, bucket, prefix, status, message, createdMs, endedMs } = record;
  return {
    taskId: id,
    ...(name === undefined ? {} : { taskName: name }),
    logGroupName: group,
    from: fromMs,
    to: toMs,
    destination: bucket,
    destinationPrefix: prefix,
    status: { code: status, message: message ?? MESSAGES[status] },
    executionInfo: { creationTime: createdMs, ...(endedMs === undefined ? {} : { completionTime: endedMs }) },
  };
}

const MESSAGES: Readonly<Record<ExportRecord["status"], string>> = {
  PENDING: "Waiting to be started",
  RUNNING: "Started successfully",
  COMPLETED: "Completed successfully",
  FAILED: "Failed",
  CANCELLED: "Cancelled by user",
  PENDING_CANCEL: "Waiting to be cancelled",
};
