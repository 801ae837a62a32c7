import type { JsonMap } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import type { Place } from "./clients.ts";
import type { Release } from "./deploy.ts";
import { chosen, type Deployment, deploymentsOf, previousOf } from "./deployments.ts";
import { bucketOf, hasKey, put, read, readJson } from "./storage.ts";

/** The template of a deployment, as it was deployed. */
export async function templateOf(place: Place, { app, id, templateKey }: Deployment): Promise<JsonMap> {
  const template = await readJson<JsonMap>(place, templateKey);
  if (template) return template;
  throw new UserError(`the template of deployment ${id} of ${app} is no longer in ${bucketOf(place)}.`);
}

/** An earlier deployment of an application to deploy again: the one before, or the one that was asked for. */
export async function rollback(place: Place, app: string, to: string | undefined): Promise<Release> {
  const all = await deploymentsOf(place, app);
  if (all.length === 0) throw new UserError(`${app} has not been deployed to ${place.environment}.`);
  const found = to === undefined ? previousOf(all) : chosen(all, to, app);
  if (!found) throw new UserError(`${app} has no deployment before the one that stands now.`);
  if (!found.isDone) throw new UserError(`deployment ${found.id} of ${app} failed: it never stood.`);
  const template = await templateOf(place, found);
  for (const { key } of found.artefacts) if (!(await hasKey(place, key))) throw isGone(place, key);
  return { ...releaseOf(found, template), origin: { kind: "rollback", of: found.of ?? found.id } };
}

function releaseOf(
  { app, artefacts, parameters, tags, leavesOut = false }: Deployment,
  template: JsonMap,
): Omit<Release, "origin"> {
  return { app, template, artefacts, parameters, tags, capabilities: [], leavesOut };
}

const isGone = (place: Place, key: string) =>
  new UserError(`s3://${bucketOf(place)}/${key} is no longer there, and the deployment needs it.`);

/**
 * What stands in one environment, for another: the same artefacts and the same template, with the other's
 * parameters. Only the bucket's name is another, for it names the account.
 */
export async function promotion(
  from: Place,
  to: Place,
  app: string,
  parameters: Readonly<Record<string, string>>,
): Promise<Release> {
  const found = (await deploymentsOf(from, app)).find(({ isDone }) => isDone);
  if (!found) throw new UserError(`${app} has not been deployed to ${from.environment}.`);
  for (const { key } of found.artefacts) await copy(from, to, key);
  const template = moved(await templateOf(from, found), from, to);
  const origin = { kind: "promote", from: { environment: from.environment, id: found.id } } as const;
  return { ...releaseOf(found, template), parameters, origin };
}

async function copy(from: Place, to: Place, key: string): Promise<void> {
  const isTemplate = key.endsWith(".template");
  if (!isTemplate && (await hasKey(to, key))) return;
  const bytes = await read(from, key);
  if (!bytes) throw isGone(from, key);
  if (!isTemplate) return put(to, key, bytes);
  await put(to, key, JSON.stringify(moved(JSON.parse(Buffer.from(bytes).toString()), from, to)));
}

/** A template that names one account's bucket, for another account. */
function moved(template: JsonMap, from: Place, to: Place): JsonMap {
  return JSON.parse(JSON.stringify(template).replaceAll(bucketOf(from), bucketOf(to)));
}
