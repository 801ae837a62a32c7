import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { UserError } from "../kernel/faults.ts";

/** What a project says of how it is deployed, apart from its template. */
export interface Settled {
  readonly stack?: string;
  readonly template?: string;
  readonly region?: string;
  /** Whether it has a table of parameters for just this environment. */
  readonly isOwn: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
}

export const NOTHING_SETTLED: Settled = { isOwn: false, parameters: {}, tags: {}, capabilities: [] };

const NAMES = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];
const OTHERWISE = "default";

type Table = Readonly<Record<string, unknown>>;

/**
 * The samconfig of a folder for an environment: its own table over that of `default`, whose parameters it
 * does not take where it has some itself. Undefined where there is none.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
 */
export async function readSamconfig(folder: string, environment: string): Promise<Settled | undefined> {
  for (const name of NAMES) {
    const path = join(folder, name);
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const root = parsed(path, text);
    const [own, otherwise] = [settledOf(root, environment), settledOf(root, OTHERWISE)];
    return {
      ...otherwise,
      ...own,
      isOwn: own.parameters !== undefined,
      parameters: own.parameters ?? otherwise.parameters ?? {},
      tags: own.tags ?? otherwise.tags ?? {},
      capabilities: own.capabilities ?? otherwise.capabilities ?? [],
    };
  }
  return undefined;
}

function parsed(path: string, text: string): Table {
  try {
    return tableOf(path.endsWith(".toml") ? parseToml(text) : parseYaml(text));
  } catch (error) {
    throw new UserError(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

const tableOf = (value: unknown): Table =>
  typeof value === "object" && value !== null ? (value as Table) : {};

/** `[staging.deploy.parameters]` over `[staging.global.parameters]`; `build` knows a template too. */
function settledOf(root: Table, environment: string): Partial<Settled> {
  const commands = tableOf(root[environment]);
  const of = (command: string) => tableOf(tableOf(commands[command]).parameters);
  const table = { ...of("build"), ...of("global"), ...of("deploy") };
  const template = table.template ?? table.template_file;
  return {
    ...(typeof table.stack_name === "string" ? { stack: table.stack_name } : {}),
    ...(typeof template === "string" ? { template } : {}),
    ...(typeof table.region === "string" ? { region: table.region } : {}),
    ...(table.parameter_overrides === undefined ? {} : { parameters: pairsOf(table.parameter_overrides) }),
    ...(table.tags === undefined ? {} : { tags: pairsOf(table.tags) }),
    ...(table.capabilities === undefined ? {} : { capabilities: wordsOf(table.capabilities) }),
  };
}

const wordsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : String(value).split(/[\s,]+/)).map(String).filter((word) => word !== "");

/** `Stage=prod Name="two words"`, a list of such, CloudFormation's long form, or a table. */
export function pairsOf(value: unknown): Record<string, string> {
  if (Array.isArray(value)) return Object.assign({}, ...value.map(pairsOf));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
  const pairs: Record<string, string> = {};
  for (const [, long, name = long, quoted, plain = ""] of String(value).matchAll(PAIR))
    if (name !== undefined) pairs[name] = quoted === undefined ? plain : quoted.replaceAll(/\\(.)/g, "$1");
  return pairs;
}

const PAIR = /(?:ParameterKey=([^\s,]+),ParameterValue=|([^\s=,"]+)=)(?:"((?:[^"\\]|\\.)*)"|((?:[^\s"])*))/g;
