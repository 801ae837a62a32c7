import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { isMap, type Json, type JsonMap } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import type { Place } from "./clients.ts";
import { toolOf } from "./own-tools.ts";
import type { Project, StackSource } from "./project.ts";
import { readTemplate } from "./templates.ts";
import { runTool } from "./tools.ts";

const OUTPUT = ".serverless";
const TEMPLATE = "cloudformation-template-update-stack.json";
const STATE = "serverless-state.json";

/** The bucket that the CLI would upload to. */
const OWN_BUCKET = /^ServerlessDeploymentBucket/;

/**
 * The stack of a Serverless project, as its own CLI packages it. The environment is its stage.
 * https://www.serverless.com/framework/docs/providers/aws/cli-reference/package
 */
export async function serverlessStack(
  project: Project,
  place: Place,
  stack: string | undefined,
): Promise<StackSource> {
  const { root, file } = project;
  const tool = toolOf(["osls", "serverless", "sls"], project, place, {
    missing: `${root} is a Serverless project without its CLI: npm install --save-dev osls.`,
  });
  const args = [
    "package",
    "--stage",
    place.environment,
    "--region",
    place.region,
    "--config",
    basename(file),
  ];
  await runTool({ ...tool, args });
  const folder = join(root, OUTPUT);
  if (!existsSync(join(folder, TEMPLATE)))
    throw new UserError(`serverless package left no ${TEMPLATE} in ${folder}.`);
  const template = await readTemplate(join(folder, TEMPLATE));
  return {
    stack: stack ?? (await stackNameIn(folder)),
    template: withLocalCode(template, folder),
    folder,
    isBuilt: true,
    parameters: {},
    tags: {},
    capabilities: [],
  };
}

interface State {
  readonly service: {
    readonly service: string;
    readonly provider: { readonly stage: string; readonly stackName?: string };
  };
}

async function stackNameIn(folder: string): Promise<string> {
  const { service } = JSON.parse(await readFile(join(folder, STATE), "utf8")) as State;
  return service.provider.stackName ?? `${service.service}-${service.provider.stage}`;
}

/** Archives by their paths here instead of where the CLI would have put them, and without its bucket. */
function withLocalCode(template: JsonMap, folder: string): JsonMap {
  const without = (section: Json | undefined) =>
    Object.fromEntries(
      Object.entries(isMap(section) ? section : {}).filter(([name]) => !OWN_BUCKET.test(name)),
    );
  const resources = Object.entries(without(template.Resources)).map(([name, resource]) => {
    const properties = isMap(resource) && isMap(resource.Properties) ? resource.Properties : undefined;
    if (!isMap(resource) || !properties) return [name, resource];
    const located = ["Code", "Content"].flatMap((property) => {
      const path = archiveOf(properties[property], folder);
      return path === undefined ? [] : [[property, path]];
    });
    return [name, { ...resource, Properties: { ...properties, ...Object.fromEntries(located) } }];
  });
  const Resources = Object.fromEntries(resources) as JsonMap;
  return { ...template, Resources, Outputs: without(template.Outputs) };
}

function archiveOf(code: Json | undefined, folder: string): string | undefined {
  if (!isMap(code) || typeof code.S3Key !== "string" || !code.S3Key.endsWith(".zip")) return undefined;
  const path = join(folder, basename(code.S3Key));
  return existsSync(path) ? path : undefined;
}
