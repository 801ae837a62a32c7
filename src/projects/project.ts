import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { JsonMap } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import type { Artefact } from "./packaging.ts";
import { NOTHING_SETTLED, readSamconfig, type Settled } from "./samconfig.ts";
import { readTemplate } from "./templates.ts";

/** How a project says what it consists of. */
export type Framework = "template" | "serverless" | "cdk";

/** A user's project, found on the disk. */
export interface Project {
  readonly framework: Framework;
  /** Its folder. */
  readonly root: string;
  /** `template.yaml`, `serverless.yml`, `cdk.json`: absolute. */
  readonly file: string;
  readonly settled: Settled;
}

/** One stack of a project, ready to be built. */
export interface StackSource {
  readonly stack: string;
  readonly template: JsonMap;
  /** The file that somebody wrote it in; absent where a tool has made it. */
  readonly file?: string;
  /** Where the template's local paths begin. */
  readonly folder: string;
  /** What it says is built already. */
  readonly isBuilt: boolean;
  /** What has been stored for it already. */
  readonly artefacts?: readonly Artefact[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
}

const TEMPLATES = ["template.yaml", "template.yml", "template.json"];
const SERVERLESS = ["serverless.yml", "serverless.yaml", "serverless.ts", "serverless.js", "serverless.json"];
const CDK = "cdk.json";

/**
 * Finds the project in a folder, or the one that a file stands for. `environment` chooses the table of its
 * samconfig.
 */
export async function findProject(path: string, environment: string): Promise<Project> {
  const given = resolve(path);
  if (!existsSync(given)) throw new UserError(`${given} is not there.`);
  const isFolder = statSync(given).isDirectory();
  const root = isFolder ? given : dirname(given);
  const settled = (await readSamconfig(root, environment)) ?? NOTHING_SETTLED;
  const file = isFolder ? found(root, settled) : given;
  return { framework: frameworkOf(file), root, file, settled };
}

function found(root: string, { template }: Settled): string {
  if (template !== undefined) {
    const file = resolve(root, template);
    if (existsSync(file)) return file;
    throw new UserError(`samconfig names the template ${file}, which is not there.`);
  }
  const name = [...TEMPLATES, ...SERVERLESS, CDK].find((each) => existsSync(join(root, each)));
  if (name !== undefined) return join(root, name);
  throw new UserError(
    `there is no application in ${root}: no template.yaml, serverless.yml, cdk.json or samconfig.toml.`,
  );
}

function frameworkOf(file: string): Framework {
  const name = basename(file);
  if (name === CDK) return "cdk";
  return SERVERLESS.includes(name) ? "serverless" : "template";
}

/** A stack's name: asked for, settled, or that of the project's folder. */
function stackName({ root, settled }: Project, asked: string | undefined): string {
  const name = asked ?? settled.stack ?? nameFor(root);
  if (/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(name)) return name;
  throw new UserError(
    `"${name}" is no name of a stack: a letter, then letters, digits and hyphens. Give one with --stack.`,
  );
}

const nameFor = (root: string) =>
  basename(root)
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^[^A-Za-z]+|-+$/g, "");

/** The one stack of a template. */
export async function templateStack(project: Project, stack: string | undefined): Promise<StackSource> {
  const { file, settled } = project;
  const { parameters, tags, capabilities } = settled;
  return {
    stack: stackName(project, stack),
    template: await readTemplate(file),
    file,
    folder: dirname(file),
    isBuilt: false,
    parameters,
    tags,
    capabilities,
  };
}
