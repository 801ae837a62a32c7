import type { Transaction } from "../../store/store.ts";
import { whenever } from "../../store/whenever.ts";
import type { Background, Context } from "../define.ts";
import {
  arnOf,
  DUE,
  deleteSecret,
  type PendingRotation,
  type RotationRecord,
  read,
  type SecretRecord,
  secretKey,
  valueKey,
  writeSecret,
} from "./records.ts";
import { withPending } from "./rotation.ts";
import { CURRENT, PENDING, versionAt } from "./stages.ts";
import { nextTurnMs } from "./turns.ts";

declare module "../define.ts" {
  interface Sdks {
    lambda: typeof import("@aws-sdk/client-lambda");
  }
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const MOST_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 60_000;

/** Rotates secrets and takes them away, by the clock. */
export function keepTime(world: Background): Promise<void> {
  return whenever(world, DUE, async () => {
    const { due, nextMs } = await dueSecrets(world);
    await Promise.all(due.map((secret) => workOn(world, secret)));
    return due.length > 0 ? world.clock.now() : nextMs;
  });
}

async function dueSecrets({ store, clock }: Background) {
  return store.transact(async (tx) => {
    const due: SecretRecord[] = [];
    let nextMs: number | undefined;
    for await (const [key, value] of tx.range({ prefix: DUE })) {
      const [, account = "", region = "", name = ""] = key.map(String);
      const dueMs = Number(value);
      if (dueMs > clock.now()) {
        nextMs = Math.min(nextMs ?? Infinity, dueMs);
        continue;
      }
      const secret = await read<SecretRecord>(tx, secretKey({ account, region }, name));
      if (secret) due.push(secret);
      else tx.delete(key);
    }
    return { due, nextMs };
  });
}

async function workOn(world: Background, secret: SecretRecord): Promise<void> {
  const { deletion, rotation } = secret;
  const nowMs = world.clock.now();
  if (deletion) {
    await change(world, secret, (tx, now) => {
      if (now.deletion?.atMs === deletion.atMs) deleteSecret(tx, now);
    });
  } else if (rotation?.pending) await run(world, secret, rotation, rotation.pending);
  else {
    // A version that an earlier rotation left behind is gone on with.
    const waiting = versionAt(secret.versions, PENDING);
    const versionId = waiting && !waiting.stages.includes(CURRENT) ? waiting.id : world.ids.uuid();
    const token = world.ids.uuid();
    await change(world, secret, (tx, now) => {
      if (now.rotation?.pending || now.rotation?.nextMs !== rotation?.nextMs) return;
      return writeSecret(tx, withPending(now, { versionId, token, isTest: false }, nowMs));
    });
  }
}

type Change = (tx: Transaction, now: SecretRecord) => Promise<void> | void;

/** Changes a secret as it is now, where it is still there. */
function change({ store }: Background, secret: SecretRecord, work: Change): Promise<void> {
  return store.transact(async (tx) => {
    const now = await read<SecretRecord>(tx, secretKey(secret, secret.name));
    if (now) await work(tx, now);
  });
}

/** Has the function take all its steps; what fails is begun anew some time later. */
async function run(
  world: Background,
  secret: SecretRecord,
  rotation: RotationRecord,
  pending: PendingRotation,
): Promise<void> {
  const context = world.as(secret, undefined, {
    service: "secretsmanager.amazonaws.com",
    sourceArn: arnOf(secret),
    sourceAccount: secret.account,
  });
  const isDone = await takeSteps(context, secret, rotation.lambdaArn, pending).catch((error: unknown) => {
    world.log.warn("a secret could not be rotated", { secret: secret.name, error });
    return false;
  });
  await change(world, secret, (tx, now) => {
    // Somebody has cancelled it.
    if (now.rotation?.pending?.token !== pending.token) return;
    if (pending.isTest) return writeSecret(tx, withoutTried(tx, now, now.rotation, pending.versionId));
    const nowMs = world.clock.now();
    const isCurrent = versionAt(now.versions, CURRENT)?.id === pending.versionId;
    return writeSecret(tx, { ...now, rotation: after(now.rotation, pending, isDone && isCurrent, nowMs) });
  });
}

async function takeSteps(
  context: Context,
  secret: SecretRecord,
  lambdaArn: string,
  { versionId, token, isTest }: PendingRotation,
): Promise<boolean> {
  for (const Step of isTest ? ["testSecret"] : STEPS) {
    const event = { Step, SecretId: arnOf(secret), ClientRequestToken: versionId, RotationToken: token };
    const { FunctionError } = await context.call("lambda", "Invoke", {
      FunctionName: lambdaArn,
      Payload: Buffer.from(JSON.stringify(event)),
    });
    if (FunctionError !== undefined) return false;
  }
  return true;
}

/** What was only tried leaves nothing behind. */
function withoutTried(
  tx: Transaction,
  secret: SecretRecord,
  { pending: _, ...rotation }: RotationRecord,
  versionId: string,
): SecretRecord {
  for (const { region } of [secret, ...secret.replicas]) {
    tx.delete(valueKey({ ...secret, region }, secret.name, versionId));
  }
  return { ...secret, rotation, versions: secret.versions.filter(({ id }) => id !== versionId) };
}

function after(
  rotation: RotationRecord,
  pending: PendingRotation,
  isDone: boolean,
  nowMs: number,
): RotationRecord {
  const { pending: _, ...rest } = rotation;
  const nextMs = nextTurnMs(rotation.rules, rotation.sinceMs, nowMs);
  if (isDone) return { ...rest, lastMs: nowMs, nextMs };
  if (pending.attempt >= MOST_ATTEMPTS) return { ...rest, nextMs };
  const dueMs = nowMs + FIRST_PAUSE_MS * 2 ** (pending.attempt - 1);
  return { ...rest, pending: { ...pending, attempt: pending.attempt + 1, dueMs } };
}
