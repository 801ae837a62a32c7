import type { Stack } from "@aws-sdk/client-cloudformation";
import { isMap, type JsonMap } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import type { Place } from "./clients.ts";
import type { Artefact } from "./packaging.ts";
import { findStack, type PlannedChange } from "./plan.ts";
import { isGood } from "./progress.ts";
import { listKeys, readJson, removeKey, writeFirst, writeJson } from "./storage.ts";

/** What was deployed, when, and by whom: kept in the account's bucket beside the artefacts. */
export interface Deployment {
  readonly v: 1;
  /** Counts from 1 for each application. */
  readonly id: number;
  /** The stack's name. */
  readonly app: string;
  readonly environment: string;
  readonly kind: "deploy" | "rollback" | "promote";
  /** The deployment whose template and artefacts these are, for a rollback. */
  readonly of?: number;
  /** Where it was promoted from. */
  readonly from?: { readonly environment: string; readonly id: number };
  readonly atMs: number;
  readonly durationMs: number;
  /** The user of the operating system. */
  readonly user: string;
  readonly commit?: Commit;
  /** Where its template lies in the bucket. */
  readonly templateKey: string;
  /** Without those that are not to be shown. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly artefacts: readonly Artefact[];
  /** It was done without what the platform does not have. */
  readonly leavesOut?: boolean;
  readonly changes: readonly PlannedChange[];
  readonly outputs: Readonly<Record<string, string>>;
  /** The change set that it executes: a stack tells which was its last. */
  readonly changeSet?: string;
  /** The platform works on it, or nobody has seen how it ended. */
  readonly isUnderWay?: boolean;
  readonly isDone: boolean;
  /** Why it failed. */
  readonly reason?: string;
}

export interface Commit {
  readonly id: string;
  readonly branch?: string;
  /** Files differed from it. */
  readonly isDirty: boolean;
}

const ROOM = "deployments/";
const DIGITS = 6;

const prefixOf = (app: string) => `${ROOM}${app}/`;
const keyOf = (app: string, id: number) => `${prefixOf(app)}${String(id).padStart(DIGITS, "0")}.json`;

/** Notes a deployment under the next number. Two at the same time get two numbers. */
export async function note(place: Place, deployment: Omit<Deployment, "v" | "id">): Promise<Deployment> {
  for (let id = (await latestId(place, deployment.app)) + 1; ; id++) {
    const noted: Deployment = { v: 1, id, ...deployment };
    if (await writeFirst(place, keyOf(deployment.app, id), noted)) return noted;
  }
}

async function latestId(place: Place, app: string): Promise<number> {
  const last = (await listKeys(place, prefixOf(app))).at(-1);
  return last === undefined ? 0 : Number(last.slice(prefixOf(app).length, -".json".length));
}

/** Notes what became of a deployment. */
export async function renote(place: Place, deployment: Deployment): Promise<Deployment> {
  await writeJson(place, keyOf(deployment.app, deployment.id), deployment);
  return deployment;
}

/** All deployments of an application, the latest first. */
export async function deploymentsOf(place: Place, app: string): Promise<Deployment[]> {
  const keys = await listKeys(place, prefixOf(app));
  const all = await Promise.all(keys.map((key) => readJson<Deployment>(place, key)));
  return Promise.all(
    all
      .flatMap((each) => each ?? [])
      .reverse()
      .map((each) => seen(place, each)),
  );
}

/** Whoever began it may have left before its end: what became of it is noted when it is looked at. */
async function seen(place: Place, deployment: Deployment): Promise<Deployment> {
  if (!deployment.isUnderWay) return deployment;
  const { isUnderWay: _, ...noted } = deployment;
  const stack = await findStack(place, noted.app);
  if (stack?.ChangeSetId !== noted.changeSet)
    return renote(place, { ...noted, isDone: false, reason: "nobody saw how it ended" });
  const { StackStatus: status = "", StackStatusReason: reason = status } = stack ?? {};
  if (status.endsWith("_IN_PROGRESS")) return deployment;
  const isDone = isGood(status);
  const facts = factsOf(stack, (await readJson<JsonMap>(place, noted.templateKey)) ?? {});
  return renote(place, { ...noted, ...facts, isDone, ...(isDone ? {} : { reason }) });
}

/** The latest deployment of every application that is noted. */
export async function latestDeployments(place: Place): Promise<Deployment[]> {
  const latest = new Map<string, string>();
  for (const key of await listKeys(place, ROOM))
    latest.set(key.slice(ROOM.length).split("/", 1)[0] ?? "", key);
  const all = await Promise.all([...latest.values()].map((key) => readJson<Deployment>(place, key)));
  return Promise.all(all.flatMap((each) => each ?? []).map((each) => seen(place, each)));
}

/** A stack's parameters, without those that are not to be shown, and its outputs. */
export function factsOf(
  stack: Stack | undefined,
  { Parameters: declared = {} }: JsonMap,
): Pick<Deployment, "parameters" | "outputs"> {
  const isSecret = (name: string) => {
    const parameter = isMap(declared) ? declared[name] : undefined;
    return isMap(parameter) && String(parameter.NoEcho) === "true";
  };
  const parameters = (stack?.Parameters ?? []).flatMap(({ ParameterKey: name = "", ParameterValue = "" }) =>
    isSecret(name) ? [] : [[name, ParameterValue] as const],
  );
  const outputs = (stack?.Outputs ?? []).map(
    ({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue] as const,
  );
  return { parameters: Object.fromEntries(parameters), outputs: Object.fromEntries(outputs) };
}

/** What stands there now: the latest that was done. */
export async function currentOf(place: Place, app: string): Promise<Deployment | undefined> {
  return (await deploymentsOf(place, app)).find(({ isDone }) => isDone);
}

/** The deployment with that number; what is no number, or none of theirs, is refused. */
export function chosen(all: readonly Deployment[], id: string, app: string): Deployment {
  const found = all.find((each) => String(each.id) === id.replace(/^#/, ""));
  if (found) return found;
  throw new UserError(`${app} has no deployment ${id}: nuage history ${app} lists them.`);
}

/**
 * Where a rollback leads: to what stood before what stands now. What was rolled back to counts as itself, so
 * that a second rollback goes on from there.
 */
export function previousOf(all: readonly Deployment[]): Deployment | undefined {
  const done = all.filter(({ isDone }) => isDone);
  const [now] = done;
  if (!now) return undefined;
  const standing = now.of ?? now.id;
  return done.find(({ id, kind }) => id < standing && kind !== "rollback");
}

/** Forgets all deployments of an application. */
export async function forget(place: Place, app: string): Promise<void> {
  for (const key of await listKeys(place, prefixOf(app))) await removeKey(place, key);
}
