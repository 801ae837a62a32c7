import type { FunctionVersion, Provisioning } from "../../kernel/functions.ts";
import type { Transaction } from "../../store/store.ts";
import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { changeClaims } from "./claims.ts";
import { withProvisioned } from "./provisioned.ts";
import {
  everyProvisioned,
  type FunctionId,
  PROVISIONED,
  type ProvisionedRecord,
  readFunction,
  readProvisioned,
  writeProvisioned,
} from "./records.ts";
import { allocatedFor, type Share } from "./shares.ts";

interface Provision {
  readonly id: FunctionId;
  readonly qualifier: string;
  readonly record: ProvisionedRecord;
  readonly shares: readonly Share[];
}

/**
 * Has as many environments started ahead as the records ask for, now and whenever they change. Environments
 * do not outlive the platform: after a restart they are started anew.
 */
export async function keepProvisioned(world: Background): Promise<void> {
  /** Versions that have environments by this. */
  const kept = new Map<string, FunctionVersion>();
  await whenever(world, PROVISIONED, async () => {
    await reconcile(world, kept);
    return undefined;
  });
}

async function reconcile(world: Background, kept: Map<string, FunctionVersion>): Promise<void> {
  const provisions = await world.store.transact(readProvisions);
  const wanted = new Map<string, { version: FunctionVersion; count: number }>();
  for (const { version, count } of provisions.flatMap(({ shares }) => shares)) {
    const key = keyOf(version);
    wanted.set(key, { version, count: count + (wanted.get(key)?.count ?? 0) });
  }
  for (const [key, version] of kept) if (!wanted.has(key)) wanted.set(key, { version, count: 0 });
  const outcomes = new Map<string, Provisioning>();
  const allocations = [...wanted].map(async ([key, { version, count }]) => {
    if (count > 0) kept.set(key, version);
    outcomes.set(key, await world.functions.provision(version, count));
    if (count === 0) kept.delete(key);
  });
  await Promise.all(allocations);
  for (const provision of provisions) {
    if (provision.record.status === "IN_PROGRESS") await conclude(world, provision, outcomes);
  }
}

async function readProvisions(tx: Transaction): Promise<Provision[]> {
  const provisions: Provision[] = [];
  for await (const [id, qualifier, record] of everyProvisioned(tx)) {
    if (record.status === "FAILED") continue;
    provisions.push({ id, qualifier, record, shares: await allocatedFor(tx, id, qualifier, record) });
  }
  return provisions;
}

/** Writes what came of a request, unless another one has taken its place. */
async function conclude(
  { store, signal }: Background,
  { id, qualifier, record, shares }: Provision,
  outcomes: ReadonlyMap<string, Provisioning>,
): Promise<void> {
  // What a platform that ends has not started, the next one starts.
  if (signal.aborted) return;
  const failed = shares
    .map(({ version }) => outcomes.get(keyOf(version)))
    .find((outcome) => outcome?.status === "failed");
  await store.transact(async (tx) => {
    const current = await readProvisioned(tx, id, qualifier);
    if (current?.request !== record.request) return;
    const next: ProvisionedRecord =
      failed?.status === "failed"
        ? { ...current, status: "FAILED", reason: failed.reason }
        : { ...current, status: "READY" };
    writeProvisioned(tx, id, qualifier, next);
    // A provision that failed claims nothing.
    const before = next.status === "FAILED" ? await readFunction(tx, id) : undefined;
    if (before) changeClaims(tx, id, before, withProvisioned(before, current, next));
  });
}

const keyOf = ({ arn, version, revision }: FunctionVersion): string => `${arn}:${version}:${revision}`;
