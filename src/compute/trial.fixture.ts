import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { type Clock, createClock } from "../kernel/clock.ts";
import type { FunctionVersion, Invocation, InvocationResult } from "../kernel/functions.ts";
import { createIds } from "../kernel/ids.ts";
import { createLog } from "../kernel/log.ts";
import type { LogLine, Span, Usage } from "../kernel/telemetry.ts";
import { newTrace } from "../kernel/trace.ts";
import type { Compute } from "./compute.ts";
import { createCompute } from "./create.ts";

/** Compute on its own with functions written on the spot: for tests and benchmarks. */
export interface Trial {
  readonly compute: Compute;
  readonly folder: string;
  readonly lines: LogLine[];
  readonly spans: Span[];
  readonly usages: Usage[];
  /** What the platform's own log would have said: warnings and errors. */
  readonly complaints: string[];
  /** A version whose code is these files, or this zip. */
  version(
    files: Readonly<Record<string, string>> | Uint8Array,
    change?: Partial<FunctionVersion>,
  ): FunctionVersion;
  invoke(version: FunctionVersion, event?: unknown, change?: Partial<Invocation>): Promise<Reply>;
  /** The messages logged so far. */
  messages(): string[];
  close(): Promise<void>;
}

/** An invocation's result with its payload parsed. */
export interface Reply extends InvocationResult {
  readonly value: unknown;
  readonly tail: string;
}

const ids = createIds();

export async function createTrial(options: { clock?: Clock; freeze?: boolean } = {}): Promise<Trial> {
  const clock = options.clock ?? createClock();
  const folder = await mkdtemp(join(tmpdir(), "nuage-trial-"));
  const blobs = new Map<string, Uint8Array>();
  const lines: LogLine[] = [];
  const spans: Span[] = [];
  const usages: Usage[] = [];
  const complaints: string[] = [];
  const compute = createCompute({
    clock,
    ids,
    log: createLog("warn", (line) => {
      complaints.push(line);
      if (line.startsWith("error")) process.stderr.write(line);
    }),
    recorder: {
      log: (line) => void lines.push(line),
      span: (span) => void spans.push(span),
      usage: (usage) => void usages.push(usage),
    },
    folder,
    endpoint: () => "http://127.0.0.1:4566",
    queueEndpoint: () => "http://localhost:4566",
    tracing: () => ({}),
    readCode: async (codeBlob) => blobs.get(codeBlob) ?? new Uint8Array(),
    credentials: () => ({ accessKeyId: "AKIATRIAL", secretAccessKey: "secret", sessionToken: "token" }),
    freeze: options.freeze ?? true,
  });
  return {
    compute,
    folder,
    lines,
    spans,
    usages,
    complaints,
    version(files, change) {
      const bytes = files instanceof Uint8Array ? files : zipOf(files);
      const made = versionOf(bytes, change);
      blobs.set(made.codeBlob, bytes);
      return made;
    },
    async invoke(version, event = {}, change = {}) {
      const result = await compute.invoke(version, {
        requestId: ids.uuid(),
        payload: Buffer.from(JSON.stringify(event)),
        invokedArn: version.arn,
        trace: newTrace(clock, ids),
        attempt: 1,
        ...change,
      });
      const text = Buffer.from(result.payload).toString("utf8");
      // What a handler streams may be anything.
      const value: unknown = change.stream && !result.functionError ? text : JSON.parse(text);
      return { ...result, value, tail: Buffer.from(result.logTail()).toString("utf8") };
    },
    messages: () => lines.map((line) => line.message),
    async close() {
      await compute.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Scripts, which begin with `#!`, can be run, and programs too. */
export function zipOf(files: Readonly<Record<string, string | Buffer>>): Uint8Array {
  const zippable: Zippable = {};
  for (const [path, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const mode = /^(#!|\x7fELF)/.test(bytes.toString("latin1", 0, 4)) ? 0o755 : 0o644;
    zippable[path] = [bytes, { os: UNIX, attrs: mode << 16 }];
  }
  return zipSync(zippable);
}

/** The system of a zip's permission bits: section 4.4.2.2 of PKWARE's APPNOTE.TXT. */
const UNIX = 3;

function versionOf(bytes: Uint8Array, change: Partial<FunctionVersion> = {}): FunctionVersion {
  const name = change.name ?? `trial-${ids.hex(8)}`;
  const codeSha256 = createHash("sha256").update(bytes).digest("base64");
  return {
    account: "000000000000",
    region: "us-east-1",
    name,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    version: "$LATEST",
    revision: "1",
    runtime: "nodejs20.x",
    handler: "index.handler",
    role: "arn:aws:iam::000000000000:role/trial",
    codeBlob: codeSha256,
    codeSha256,
    layers: [],
    timeoutMs: 3000,
    memoryMb: 256,
    ephemeralStorageMb: 512,
    architecture: "x86_64",
    environment: {},
    logGroup: `/aws/lambda/${name}`,
    logFormat: "Text",
    ...change,
  };
}
