import { ExecuteChangeSetCommand } from "@aws-sdk/client-cloudformation";
import { isMap, type JsonMap } from "../deploy/parse.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import type { Ids } from "../kernel/ids.ts";
import { isNamed, type Place } from "./clients.ts";
import { type Commit, type Deployment, deploymentsOf, factsOf, note, renote } from "./deployments.ts";
import { type Endpoint, endpointsOf } from "./endpoints.ts";
import { register } from "./environments.ts";
import { textOf, toldAtHome } from "./mistakes.ts";
import { type Artefact, locate, type Packaged, type Packaging, packageTemplate } from "./packaging.ts";
import { findStack, makePlan, type Plan } from "./plan.ts";
import { type Ended, followStack, latestEvent, type Step } from "./progress.ts";
import type { StackSource } from "./project.ts";
import { resourcesOf } from "./resources.ts";
import { store } from "./storage.ts";

/** Who deploys, where to, and by which clock. */
export interface Session {
  /** The platform's own account, which knows of the environments. */
  readonly home: Place;
  readonly place: Place;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly user: string;
  readonly commit: Commit | undefined;
}

/** What is to be deployed: its artefacts are in the account already. */
export interface Release {
  readonly app: string;
  readonly template: JsonMap;
  readonly artefacts: readonly Artefact[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  /** Whether what the platform does not have is left out. */
  readonly leavesOut: boolean;
  /** Whether traffic goes to new versions at once. */
  readonly isAtOnce?: boolean;
  readonly origin: Pick<Deployment, "kind" | "of" | "from">;
  /** The file that somebody wrote it in. */
  readonly file?: string;
}

/** A release with what it would come to. */
export interface Ready {
  readonly release: Release;
  readonly templateKey: string;
  readonly plan: Plan;
}

/** How a deployment ended. */
export interface Outcome {
  readonly ended: Ended;
  readonly deployment: Deployment;
  readonly endpoints: readonly Endpoint[];
}

/** Builds and stores what a stack consists of. `asked`: parameters that were given by hand. */
export async function release(
  source: StackSource,
  { asked, leavesOut }: Pick<Release, "leavesOut"> & { readonly asked: Release["parameters"] },
  packaging: Packaging,
): Promise<Release> {
  const declared = isMap(source.template.Parameters) ? source.template.Parameters : {};
  const unknown = Object.keys(asked).find((name) => !Object.hasOwn(declared, name));
  if (unknown !== undefined) throw new UserError(`the template has no parameter ${unknown}.`);
  const isBuilding = packaging.isBuilding && !source.isBuilt;
  const { template, artefacts }: Packaged = await packageTemplate(source.template, source.folder, {
    ...packaging,
    isBuilding,
  });
  const parameters = { ...source.parameters, ...asked };
  const { stack: app, tags, capabilities } = source;
  const all = [...(source.artefacts ?? []), ...artefacts];
  const origin = { kind: "deploy" } as const;
  const file = source.file === undefined ? {} : { file: source.file };
  return { app, template, artefacts: all, parameters, tags, capabilities, leavesOut, origin, ...file };
}

/** Asks what a release would come to. */
export async function ready({ place, ids }: Session, release: Release): Promise<Ready> {
  const { key } = await store(place, Buffer.from(textOf(release.template)), ".template");
  const { app: stack, template, parameters, tags, capabilities, leavesOut, isAtOnce = false } = release;
  const templateUrl = locate(place, { key }).url;
  const asked = { stack, templateUrl, template, parameters, tags, capabilities, leavesOut, isAtOnce };
  const plan = await toldAtHome(release, () => makePlan(place, asked, `nuage-${ids.hex(12)}`));
  return { release, templateKey: key, plan };
}

/** Carries a plan out. It is noted before it begins, so that it is known of also where nobody sees it end. */
export async function apply(session: Session, ready: Ready, onStep: (step: Step) => void): Promise<Outcome> {
  const { home, place, clock } = session;
  const { release, plan } = ready;
  await register(home, place);
  // One that nobody saw the end of is looked at while its stack still tells of it.
  await deploymentsOf(place, release.app);
  const after = await latestEvent(place, plan.stackId);
  await execute(place, release.app, plan);
  const { isUnderWay: _, ...begun } = await note(place, begunOf(session, ready));
  const ended = await followStack(place, plan.stackId, onStep, after);
  const { reason } = ended.cause ?? {};
  const deployment = await renote(place, {
    ...begun,
    ...factsOf(await findStack(place, release.app), release.template),
    durationMs: clock.now() - begun.atMs,
    isDone: ended.isDone,
    ...(reason === undefined ? {} : { reason }),
  });
  return { ended, deployment, endpoints: ended.isDone ? await endpointsAt(place, plan.stackId) : [] };
}

/** Others' changes make a plan void: it was made for a stack that there is no more. */
async function execute(place: Place, app: string, { changeSet }: Plan): Promise<void> {
  try {
    await place.cloudformation.send(new ExecuteChangeSetCommand({ ChangeSetName: changeSet }));
  } catch (error) {
    if (!isNamed(error, "ChangeSetNotFound", "ChangeSetNotFoundException")) throw error;
    throw new UserError(`${app} was changed by somebody else meanwhile: look at the plan again.`);
  }
}

function begunOf(
  { place, clock, user, commit }: Session,
  { release, templateKey, plan }: Ready,
): Parameters<typeof note>[1] {
  return {
    app: release.app,
    environment: place.environment,
    ...release.origin,
    atMs: clock.now(),
    durationMs: 0,
    user,
    ...(commit ? { commit } : {}),
    templateKey,
    parameters: {},
    tags: release.tags,
    artefacts: release.artefacts,
    ...(release.leavesOut ? { leavesOut: true } : {}),
    changes: plan.changes,
    outputs: {},
    changeSet: plan.changeSet,
    isUnderWay: true,
    isDone: false,
  };
}

/** Where a stack's APIs, functions and queues answer. */
export async function endpointsAt(place: Place, stack: string): Promise<Endpoint[]> {
  return endpointsOf(place, await resourcesOf(place, stack));
}
