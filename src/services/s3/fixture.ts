// S3 alone behind a real gateway, with functions that only remember what was queued for them.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { Blobs } from "../../blobs/blobs.ts";
import { createDiskBlobs } from "../../blobs/disk.ts";
import { service as gatewayService, openTestGateway } from "../../gateway/gateway.fixture.ts";
import type { Handler } from "../../gateway/options.ts";
import { createClock } from "../../kernel/clock.ts";
import { Fault } from "../../kernel/faults.ts";
import type { AsyncEvent } from "../../kernel/functions.ts";
import { createIds } from "../../kernel/ids.ts";
import { createLog } from "../../kernel/log.ts";
import { createMemoryStore } from "../../store/drivers/memory.ts";
import type { Store } from "../../store/store.ts";
import type { Context, Functions, Handlers } from "../define.ts";
import { corsRulesOf } from "./cors.ts";
import { s3 } from "./index.ts";
import { service } from "./service.ts";

export interface TestS3 {
  readonly client: S3Client;
  readonly endpoint: string;
  readonly store: Store;
  readonly blobs: Blobs;
  /** Events in the asynchronous queue. */
  queued(): Promise<AsyncEvent[]>;
  /** Ids of the blobs that are on the disk. */
  blobIds(): Promise<string[]>;
  clientOf(config: Partial<S3ClientConfig>): S3Client;
  close(): Promise<void>;
}

/** Functions whose name begins with `denied` may not be invoked by S3; those with `missing` are not there. */
const functions: Pick<Functions, "enqueue" | "permits"> = {
  enqueue: (tx, event) => void tx.append(["queued"], JSON.parse(JSON.stringify(encode(event)))),
  async permits(functionArn) {
    if (functionArn.includes(":denied")) return "denied";
    return functionArn.includes(":missing") ? "missing" : "allowed";
  },
};

/** There are no other services, and so nothing of them. */
const call = async (service: string): Promise<never> => {
  throw new Fault("NotFound", `Nothing of ${service} is here.`, { status: 404 });
};

const encode = (event: AsyncEvent) => ({ ...event, payload: Buffer.from(event.payload).toString() });

let makeStore: () => Store = createMemoryStore;

/** Has every S3 that is opened from here on stand on a store of this kind. */
export function withStores(make: () => Store): void {
  makeStore = make;
}

export async function openS3(): Promise<TestS3> {
  const store = makeStore();
  const folder = await mkdtemp(join(tmpdir(), "nuage-s3-"));
  const ids = createIds();
  const blobs = await createDiskBlobs({ folder, durability: "process", ids });
  const log = createLog("warn", (line) => process.stderr.write(line));
  const ports = { clock: createClock(), ids, log, store, blobs, functions, call };
  const handlers: Record<string, Handler> = {};
  for (const [name, handler] of Object.entries(service.handlers as Handlers<object>)) {
    const run = handler as (input: unknown, context: Context) => Promise<never>;
    handlers[name] = (input, made) =>
      run(input, { ...ports, ...made, trace: made.trace, principal: made.identity } as unknown as Context);
  }
  const gateway = await openTestGateway([gatewayService("s3", s3.wire, s3.load, handlers)], {
    corsRules: (bucket) => corsRulesOf(store, bucket),
    log,
  });
  const clientOf = (config: Partial<S3ClientConfig>) =>
    new S3Client({
      endpoint: gateway.endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
      ...config,
    });
  const client = clientOf({});
  return {
    client,
    endpoint: gateway.endpoint,
    store,
    blobs,
    clientOf,
    async queued() {
      return store.transact(async (tx) => {
        const events: AsyncEvent[] = [];
        for await (const [, event] of tx.range({ prefix: ["queued"] })) events.push(event as never);
        return events;
      });
    },
    async blobIds() {
      const names = await readdir(folder, { recursive: true });
      return names.map((name) => name.split("/").at(-1) ?? "").filter((name) => /^[0-9a-f]{32}$/.test(name));
    },
    async close() {
      client.destroy();
      await gateway.close();
      await blobs.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a refused call says, with the members of its document and the HTTP status. */
export async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
    return { ...error, name: error.name, message: error.message, status: $metadata?.httpStatusCode };
  }
  return { name: "not refused" };
}
