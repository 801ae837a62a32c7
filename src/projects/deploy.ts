import { ExecuteChangeSetCommand } from "@aws-sdk/client-cloudformation";
import { isMap, type JsonMap } from "../deploy/parse.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/faults.ts";
import type { Ids } from "../kernel/ids.ts";
import type { Place } from "./clients.ts";
import { type Commit, type Deployment, note } from "./deployments.ts";
import { type Endpoint, endpointsOf } from "./endpoints.ts";
import { register } from "./environments.ts";
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
  readonly origin: Pick<Deployment, "kind" | "of" | "from">;
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
  asked: Readonly<Record<string, string>>,
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
  return { app, template, artefacts: all, parameters, tags, capabilities, origin: { kind: "deploy" } };
}

/** Asks what a release would come to. */
export async function ready({ place, ids }: Session, release: Release): Promise<Ready> {
  const text = JSON.stringify(release.template);
  const { key } = await store(place, Buffer.from(text), ".template");
  const { app: stack, template, parameters, tags, capabilities } = release;
  const templateUrl = locate(place, { key }).url;
  const asked = { stack, templateUrl, template, parameters, tags, capabilities };
  return { release, templateKey: key, plan: await makePlan(place, asked, `nuage-${ids.hex(12)}`) };
}

/** Carries a plan out, and notes what became of it. */
export async function apply(
  session: Session,
  { release, templateKey, plan }: Ready,
  onStep: (step: Step) => void,
): Promise<Outcome> {
  const { home, place, clock, user, commit } = session;
  const startedMs = clock.now();
  await register(home, place);
  const after = await latestEvent(place, plan.stackId);
  await place.cloudformation.send(new ExecuteChangeSetCommand({ ChangeSetName: plan.changeSet }));
  const ended = await followStack(place, plan.stackId, onStep, after);
  const { parameters, outputs } = await factsOf(place, release);
  const { reason } = ended.cause ?? {};
  const deployment = await note(place, {
    app: release.app,
    environment: place.environment,
    ...release.origin,
    atMs: startedMs,
    durationMs: clock.now() - startedMs,
    user,
    ...(commit ? { commit } : {}),
    templateKey,
    parameters,
    tags: release.tags,
    artefacts: release.artefacts,
    changes: plan.changes,
    outputs,
    isDone: ended.isDone,
    ...(reason === undefined ? {} : { reason }),
  });
  return { ended, deployment, endpoints: ended.isDone ? await endpointsAt(place, plan.stackId) : [] };
}

/** Where a stack's APIs, functions and queues answer. */
export async function endpointsAt(place: Place, stack: string): Promise<Endpoint[]> {
  return endpointsOf(place, await resourcesOf(place, stack));
}

async function factsOf(place: Place, { app, template }: Release) {
  const stack = await findStack(place, app);
  const declared = isMap(template.Parameters) ? template.Parameters : {};
  const isSecret = (name: string) => {
    const parameter = declared[name];
    return isMap(parameter) && (parameter.NoEcho === true || parameter.NoEcho === "true");
  };
  const parameters = (stack?.Parameters ?? []).flatMap(({ ParameterKey: name = "", ParameterValue = "" }) =>
    isSecret(name) ? [] : [[name, ParameterValue] as const],
  );
  const outputs = (stack?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [
    OutputKey,
    OutputValue,
  ]);
  return {
    parameters: Object.fromEntries(parameters) as Record<string, string>,
    outputs: Object.fromEntries(outputs) as Record<string, string>,
  };
}
