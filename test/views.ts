import type { LogPage, StoredLine, TraceDetail, TraceList } from "../src/observe/model.ts";

async function read<T>(endpoint: string, path: string): Promise<T> {
  const response = await fetch(endpoint + path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** The lines a function wrote, the oldest first. */
export async function linesOf(endpoint: string, functionName: string): Promise<readonly StoredLine[]> {
  const path = `/_nuage/logs?function=${functionName}&limit=10000&order=oldest`;
  return (await read<LogPage>(endpoint, path)).lines;
}

/** The latest trace that began with this call, such as `s3.PutObject`. */
export async function traceOf(endpoint: string, call: string): Promise<TraceDetail> {
  const { traces } = await read<TraceList>(endpoint, "/_nuage/traces?limit=1000");
  const found = traces.find((trace) => trace.entry.startsWith(call));
  if (!found) throw new Error(`no trace begins with ${call}: ${traces.map((trace) => trace.entry)}`);
  return read<TraceDetail>(endpoint, `/_nuage/traces/${found.traceId}`);
}
