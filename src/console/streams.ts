import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import { Fault } from "../kernel/faults.ts";
import { allowOnly, textOf } from "./parameters.ts";

/** What the console needs of event sources. */
export interface StreamsAnswers {
  report(name?: string): Promise<unknown>;
  decide(name: string, decision: "retry" | "quarantine" | "skip", shardId?: string): Promise<number>;
  quarantined(name?: string): Promise<unknown>;
  replay(name?: string, recordId?: string): Promise<unknown>;
}

/** `GET /_nuage/streams`: MappingReports, by mapping: its id or the beginning of it, or a function's name. */
export async function streamsPage(streams: StreamsAnswers, { query }: AdminRequest): Promise<AdminResponse> {
  allowOnly(query, ["mapping"]);
  return { status: 200, json: { mappings: await streams.report(textOf(query, "mapping")) } };
}

/** `POST /_nuage/streams`: decides what becomes of records that block; by mapping, decision and shard. */
export async function decisionPage(streams: StreamsAnswers, request: AdminRequest): Promise<AdminResponse> {
  const { query } = request;
  allowOnly(query, ["mapping", "decision", "shard"]);
  const mapping = textOf(query, "mapping");
  const decision = textOf(query, "decision");
  if (mapping === undefined) throw bad('"mapping" must name an event source mapping.');
  if (decision !== "retry" && decision !== "quarantine" && decision !== "skip")
    throw bad(`"decision" must be retry, quarantine or skip, not "${decision ?? ""}".`);
  return { status: 200, json: { decided: await streams.decide(mapping, decision, textOf(query, "shard")) } };
}

/** `GET /_nuage/quarantine`: records that were set aside, by mapping. */
export async function quarantinePage(
  streams: StreamsAnswers,
  { query }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, ["mapping"]);
  return { status: 200, json: { records: await streams.quarantined(textOf(query, "mapping")) } };
}

/** `POST /_nuage/quarantine`: delivers such records again, by mapping and record. */
export async function replayAsidePage(
  streams: StreamsAnswers,
  { query }: AdminRequest,
): Promise<AdminResponse> {
  allowOnly(query, ["mapping", "record"]);
  const replayed = await streams.replay(textOf(query, "mapping"), textOf(query, "record"));
  return { status: 200, json: { replayed } };
}

const bad = (message: string) => new Fault("BadParameter", message, { status: 400 });
