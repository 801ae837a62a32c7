import { DeleteStackCommand, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
} from "@aws-sdk/client-s3";
import { isMap, type JsonMap, parseTemplate } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import { isNamed, type Place } from "./clients.ts";
import { type Deployment, deploymentsOf, forget, latestDeployments } from "./deployments.ts";
import { unregister } from "./environments.ts";
import { findStack } from "./plan.ts";
import { type Ended, followStack, latestEvent, type Step } from "./progress.ts";
import { type Resource, resourcesOf } from "./resources.ts";
import { listKeys, removeBucketIfEmpty, removeKey } from "./storage.ts";

/** What removing an application comes to. */
export interface Removal {
  readonly app: string;
  readonly stackId: string;
  readonly resources: readonly RemovedResource[];
}

export interface RemovedResource extends Resource {
  /** Its template has it stay. */
  readonly isKept: boolean;
  /** Of a bucket: how many objects, versions counted each, are in it. */
  readonly objects: number;
}

export async function planRemoval(place: Place, app: string): Promise<Removal> {
  const stack = await findStack(place, app);
  if (!stack?.StackId) throw new UserError(`there is no application ${app} in ${place.environment}.`);
  const [resources, template] = await Promise.all([
    resourcesOf(place, stack.StackId),
    templateOf(place, stack.StackId),
  ]);
  const described = resources.map(async (resource) => {
    const isKept = isKeptBy(template, resource.logicalId);
    const isBucket = resource.type === "AWS::S3::Bucket" && !isKept;
    return { ...resource, isKept, objects: isBucket ? await countObjects(place, resource.physicalId) : 0 };
  });
  return { app, stackId: stack.StackId, resources: await Promise.all(described) };
}

async function templateOf(place: Place, stack: string): Promise<JsonMap> {
  const input = { StackName: stack, TemplateStage: "Processed" } as const;
  const { TemplateBody = "{}" } = await place.cloudformation.send(new GetTemplateCommand(input));
  return parseTemplate(TemplateBody);
}

function isKeptBy({ Resources: resources }: JsonMap, logicalId: string): boolean {
  const resource = isMap(resources) ? resources[logicalId] : undefined;
  return (
    isMap(resource) && typeof resource.DeletionPolicy === "string" && resource.DeletionPolicy !== "Delete"
  );
}

/** Empties the buckets, removes the stack, and forgets what was kept of its deployments. */
export async function remove(
  home: Place,
  place: Place,
  { app, stackId, resources }: Removal,
  onStep: (step: Step) => void,
): Promise<Ended> {
  for (const { objects, physicalId } of resources) if (objects > 0) await emptyBucket(place, physicalId);
  const after = await latestEvent(place, stackId);
  await place.cloudformation.send(new DeleteStackCommand({ StackName: stackId }));
  const ended = await followStack(place, stackId, onStep, after);
  if (ended.isDone) await sweep(home, place, app);
  return ended;
}

/** What only this application's deployments needed goes with them. */
async function sweep(home: Place, place: Place, app: string): Promise<void> {
  const own = new Set((await deploymentsOf(place, app)).flatMap(keysOf));
  await forget(place, app);
  const apps = (await latestDeployments(place)).map((each) => each.app);
  const others = (await Promise.all(apps.map((each) => deploymentsOf(place, each)))).flat();
  const needed = new Set(others.flatMap(keysOf));
  const all = others.length === 0 ? await listKeys(place, "artifacts/") : [...own];
  for (const key of all) if (!needed.has(key)) await removeKey(place, key);
  if (others.length > 0) return;
  await unregister(home, place);
  await removeBucketIfEmpty(place);
  await removeBucketIfEmpty(home);
}

const keysOf = ({ templateKey, artefacts }: Deployment) => [templateKey, ...artefacts.map(({ key }) => key)];

async function countObjects(place: Place, bucket: string): Promise<number> {
  let count = 0;
  for await (const page of versionPages(place, bucket)) count += page.length;
  return count;
}

async function emptyBucket(place: Place, bucket: string): Promise<void> {
  for await (const page of versionPages(place, bucket)) {
    if (page.length === 0) continue;
    await place.s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: page, Quiet: true } }));
  }
}

/** Every version and every mark of a deletion, a thousand at a time. */
async function* versionPages(place: Place, bucket: string) {
  const named = ({ Key = "", VersionId }: ObjectIdentifier) => ({ Key, VersionId });
  let at: Partial<ListObjectVersionsCommandOutput> | undefined = {};
  while (at) {
    const page: ListObjectVersionsCommandOutput | undefined = await place.s3
      .send(
        new ListObjectVersionsCommand({
          Bucket: bucket,
          KeyMarker: at.NextKeyMarker,
          VersionIdMarker: at.NextVersionIdMarker,
        }),
      )
      .catch((error: unknown) => {
        if (isNamed(error, "NoSuchBucket")) return undefined;
        throw error;
      });
    yield [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])].map((each) =>
      named(each as ObjectIdentifier),
    );
    at = page?.IsTruncated ? page : undefined;
  }
}
