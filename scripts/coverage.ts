// Writes docs/coverage.md from the schemas: every operation that AWS's SDK knows of each service, and what
// becomes of it here. `npm run coverage`.
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { AnyService, ResourceType, ResourceTypes } from "../src/services/define.ts";
import { SERVICES } from "../src/services/index.ts";

export const COVERAGE_FILE = new URL("../docs/coverage.md", import.meta.url);

interface Coverage {
  readonly id: string;
  readonly effective: readonly string[];
  readonly withoutEffect: readonly string[];
  readonly missing: readonly string[];
}

/** An operation's schema is an array that begins with 9: see @smithy/core/schema. */
const OPERATION_SCHEMA = 9;

async function cover(definition: AnyService): Promise<Coverage> {
  const sdk: Record<string, unknown> = await definition.load();
  const operations = Object.entries(sdk)
    .filter(([name, value]) => name.endsWith("$") && Array.isArray(value) && value[0] === OPERATION_SCHEMA)
    .map(([name]) => name.slice(0, -1))
    .sort();
  const { service } = await definition.open();
  const without = new Set<string>(service.withoutEffect ?? []);
  const has = (name: string) => Object.hasOwn(service.handlers, name);
  return {
    id: definition.id,
    effective: operations.filter((name) => has(name) && !without.has(name)),
    withoutEffect: operations.filter((name) => has(name) && without.has(name)),
    missing: operations.filter((name) => !has(name)),
  };
}

/** The page as it must be committed. */
export async function describeCoverage(definitions: readonly AnyService[] = SERVICES): Promise<string> {
  const services = await Promise.all(definitions.map(cover));
  services.sort((one, other) => one.id.localeCompare(other.id));
  return [
    "# Coverage",
    "",
    "Written by `npm run coverage` from the SDK's schemas; a test holds it against the code. An operation is",
    "*effective* when it does what it does on AWS, *accepted* when it answers as AWS does but has no",
    "effect here, and *missing* when it answers 501 with its name.",
    "",
    "| service | effective | accepted | missing | of |",
    "|---|--:|--:|--:|--:|",
    ...services.map((each) => {
      const counts = [each.effective.length, each.withoutEffect.length, each.missing.length];
      return `| ${each.id} | ${counts.join(" | ")} | ${counts.reduce((sum, count) => sum + count, 0)} |`;
    }),
    ...services.flatMap(describeService),
    ...(await describeResources(definitions)),
    "",
  ].join("\n");
}

function describeService({ id, effective, withoutEffect, missing }: Coverage): string[] {
  const part = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : ["", `**${title}** (${names.length})`, "", ...names.map((name) => `- ${name}`)];
  return [
    "",
    `## ${id}`,
    ...part("Effective", effective),
    ...part("Accepted without effect", withoutEffect),
    ...part("Missing", missing),
  ];
}

/** What stacks may have, of all services. */
async function describeResources(definitions: readonly AnyService[]): Promise<string[]> {
  const tables = await Promise.all(
    definitions.map(async ({ resources }) => (await resources?.())?.resources),
  );
  const types = Object.entries(Object.assign({}, ...tables) as ResourceTypes);
  if (types.length === 0) return [];
  types.sort(([one], [other]) => one.localeCompare(other));
  return [
    "",
    `## Resources of stacks (${types.length})`,
    "",
    "Properties that are *honoured* do what they do on AWS; those that are *accepted* are kept and have no",
    "effect; a template with any other is refused. Drift is seen of those that say so.",
    "",
    ...types.map(([name, type]) => `- ${name}: ${describeType(type)}`),
  ];
}

function describeType({ properties, others, read }: ResourceType): string {
  const names = Object.keys(properties).sort();
  const accepted = names.filter((name) => properties[name] === "accepted");
  const all = others === undefined ? "" : " and any other";
  const kept = accepted.length > 0 ? `; accepted: ${accepted.join(", ")}` : "";
  return `${names.length - accepted.length} honoured${all}${kept}${read ? "; drift" : ""}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(COVERAGE_FILE, await describeCoverage());
}
