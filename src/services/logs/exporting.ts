import { gzipSync } from "node:zlib";
import { Fault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import { parseTraceHeader } from "../../kernel/trace.ts";
import { DONE, defineOutbox, type Outcome } from "../../store/outbox.ts";
import type { Background, Context } from "../define.ts";
import { isRetryable } from "../targets.ts";
import { type ExportRecord, readExport, writeExport } from "./export-records.ts";
import { allOf, eventPages } from "./reading.ts";
import { type GroupRecord, readGroup, type StreamRecord, streamsOf } from "./records.ts";

/** What one object holds, before it is zipped. */
const OBJECT_BYTES = 16_000_000;
const RETRY_MS = 5_000;

interface Work extends Scope {
  readonly v: 1;
  readonly id: string;
  readonly trace: string;
}

export const exportWork = defineOutbox<Work>("logsExports");

/** Writes groups into buckets, one task after another. */
export function exporting(world: Background): Promise<void> {
  return exportWork.run(world, ({ work }) => run(world, work));
}

/** A task that a restart interrupts begins anew: its objects have the same names. */
async function run(world: Background, { account, region, id, trace }: Work): Promise<Outcome<Work>> {
  const scope = { account, region };
  const context = world.as(scope, parseTraceHeader(trace));
  const begun = await begin(context, id);
  if (!begun) return DONE;
  try {
    for (const stream of begun.streams) {
      if (!(await isWanted(context, id))) return end(context, id, "CANCELLED");
      await exportStream(context, begun.record, begun.group, stream);
    }
    return await end(context, id, "COMPLETED");
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (isRetryable(error)) return { kind: "later", dueMs: world.clock.now() + RETRY_MS };
    return end(context, id, "FAILED", error.message);
  }
}

function begin({ store, scope }: Context, id: string) {
  return store.transact(async (tx) => {
    const record = await readExport(tx, scope, id);
    if (!record || !["PENDING", "RUNNING", "PENDING_CANCEL"].includes(record.status)) return undefined;
    const group = await readGroup(tx, { ...scope, name: record.group });
    if (!group) {
      writeExport(tx, scope, { ...record, status: "FAILED", message: "The log group is gone" });
      return undefined;
    }
    if (record.status === "PENDING") writeExport(tx, scope, { ...record, status: "RUNNING" });
    const streams = await allOf(streamsOf(tx, group.number, { prefix: record.streamPrefix }));
    return { record, group, streams };
  });
}

async function isWanted({ store, scope }: Context, id: string): Promise<boolean> {
  return (await store.transact((tx) => readExport(tx, scope, id)))?.status === "RUNNING";
}

async function end(
  { store, scope, clock }: Context,
  id: string,
  status: "CANCELLED" | "COMPLETED" | "FAILED",
  message?: string,
): Promise<Outcome<Work>> {
  const endedMs = Math.floor(clock.now());
  await store.transact(async (tx) => {
    const record = await readExport(tx, scope, id);
    const told = message === undefined ? {} : { message };
    if (record) writeExport(tx, scope, { ...record, status, endedMs, ...told });
  });
  return DONE;
}

async function exportStream(
  context: Context,
  record: ExportRecord,
  group: GroupRecord,
  stream: StreamRecord,
): Promise<void> {
  const { fromMs, toMs, bucket, prefix, id } = record;
  const query = { group, streams: [stream], fromMs, untilMs: toMs, reverse: false };
  // What names a folder in a bucket is part of a stream's name.
  const folder = `${prefix}/${id}/${stream.name.replaceAll("/", "-")}`;
  let lines: string[] = [];
  let bytes = 0;
  let count = 0;
  const write = async () => {
    if (lines.length === 0) return;
    const Key = `${folder}/${String(count++).padStart(6, "0")}.gz`;
    await context.call("s3", "PutObject", { Bucket: bucket, Key, Body: gzipSync(lines.join("")) });
    lines = [];
    bytes = 0;
  };
  for await (const page of eventPages(context, query, context.clock.now())) {
    for (const { timeMs, message } of page) {
      const line = `${new Date(timeMs).toISOString()} ${message.replace(/\n$/, "")}\n`;
      lines.push(line);
      bytes += line.length;
      if (bytes >= OBJECT_BYTES) await write();
    }
  }
  await write();
}
