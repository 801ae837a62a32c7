import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isMap, type JsonMap } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import { fileEntries, readFolder, zipOf } from "./archive.ts";
import type { Place } from "./clients.ts";
import { toolOf } from "./own-tools.ts";
import type { Artefact } from "./packaging.ts";
import type { Project, StackSource } from "./project.ts";
import { bucketOf, storeAs } from "./storage.ts";
import { runTool } from "./tools.ts";

// What `cdk synth` leaves, as far as deploying needs it:
// https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema

interface Assembly {
  readonly artifacts?: Readonly<Record<string, Part>>;
}

interface Part {
  readonly type: string;
  readonly dependencies?: readonly string[];
  readonly properties?: {
    readonly file?: string;
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly directoryName?: string;
    readonly parameters?: Readonly<Record<string, string>>;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

interface Assets {
  readonly files?: Readonly<Record<string, FileAsset>>;
  readonly dockerImages?: Readonly<Record<string, unknown>>;
}

interface FileAsset {
  readonly source: {
    readonly path?: string;
    readonly packaging?: "file" | "zip";
    readonly executable?: readonly string[];
  };
  readonly destinations: Readonly<
    Record<string, { readonly bucketName: string; readonly objectKey: string }>
  >;
}

/** A stack of an assembly, and the folder that the assembly lies in. */
interface Found {
  readonly id: string;
  readonly part: Part;
  readonly folder: string;
  readonly needs: readonly string[];
}

/**
 * The stacks of a CDK app as its own CLI synthesises them, those first that others need. Their assets go to
 * the artefacts' bucket: no bootstrap is needed.
 */
export async function cdkStacks(
  project: Project,
  place: Place,
  stack: string | undefined,
): Promise<StackSource[]> {
  const { root } = project;
  const tool = toolOf(["cdk"], project, place, {
    missing: `${root} is a CDK app, and its CLI is not installed in it: npm install --save-dev aws-cdk.`,
  });
  const output = join(root, ".nuage", "cdk", place.environment);
  await runTool({ ...tool, args: ["synth", "--quiet", "--output", output] });
  const found = await stacksIn(output);
  const ordered = inOrder(found, stack);
  if (stack !== undefined && ordered.length === 0) {
    const names = found.map(nameOf).join(", ");
    throw new UserError(`the app has no stack ${stack}; it has ${names}.`);
  }
  return Promise.all(ordered.map((each) => sourceOf(each, place)));
}

async function read<Document>(path: string): Promise<Document> {
  return JSON.parse(await readFile(path, "utf8")) as Document;
}

/** Those of stages lie in assemblies of their own. */
async function stacksIn(folder: string): Promise<Found[]> {
  const { artifacts = {} } = await read<Assembly>(join(folder, "manifest.json"));
  const found: Found[] = [];
  for (const [id, part] of Object.entries(artifacts)) {
    const { type, properties = {}, dependencies: needs = [] } = part;
    if (type === "aws:cloudformation:stack") found.push({ id, part, folder, needs });
    else if (type === "cdk:cloud-assembly" && properties.directoryName !== undefined)
      found.push(...(await stacksIn(join(folder, properties.directoryName))));
  }
  return found;
}

const nameOf = ({ id, part }: Found) => part.properties?.stackName ?? id;

function inOrder(all: readonly Found[], wanted: string | undefined): Found[] {
  const ordered = new Set<Found>();
  const visit = (each: Found) => {
    if (ordered.has(each)) return;
    for (const other of all) if (each.needs.includes(other.id)) visit(other);
    ordered.add(each);
  };
  for (const each of all)
    if (wanted === undefined || nameOf(each) === wanted || each.id === wanted) visit(each);
  return [...ordered];
}

async function sourceOf(found: Found, place: Place): Promise<StackSource> {
  const { part, folder, needs } = found;
  const { templateFile = "", parameters = {}, tags = {} } = part.properties ?? {};
  const { artifacts = {} } = await read<Assembly>(join(folder, "manifest.json"));
  const manifests = needs.flatMap((id) => {
    const need = artifacts[id];
    return need?.type === "cdk:asset-manifest" && need.properties?.file ? [need.properties.file] : [];
  });
  let text = await readFile(join(folder, templateFile), "utf8");
  const artefacts: Artefact[] = [];
  for (const manifest of manifests) {
    const assets = await read<Assets>(join(folder, manifest));
    refuseImages(found, assets);
    const buckets = bucketsOf(assets);
    text = inOurBucket(text, buckets, place);
    for (const asset of Object.values(assets.files ?? {}))
      if (asset.source.path !== templateFile) artefacts.push(await publish(asset, folder, buckets, place));
  }
  return {
    stack: nameOf(found),
    template: withoutBootstrap(JSON.parse(text) as JsonMap),
    folder,
    isBuilt: true,
    artefacts,
    parameters,
    tags,
    capabilities: [],
  };
}

function refuseImages(found: Found, { dockerImages = {} }: Assets): void {
  if (Object.keys(dockerImages).length > 0)
    throw new UserError(`${nameOf(found)} runs container images, which cannot be built here.`);
}

const bucketsOf = ({ files = {} }: Assets): Set<string> =>
  new Set(
    Object.values(files).flatMap((file) => Object.values(file.destinations).map((each) => each.bucketName)),
  );

const pseudo = (name: string) => `\${AWS::${name}}`;

/** A name with `${AWS::AccountId}` stands in an Fn::Sub, and may go on so: it is right in every account. */
function inOurBucket(text: string, buckets: ReadonlySet<string>, place: Place): string {
  const open = bucketOf({ account: pseudo("AccountId"), region: pseudo("Region") });
  let moved = text;
  for (const name of buckets)
    moved = moved.replaceAll(name, name.includes("{AWS::") ? open : bucketOf(place));
  return moved;
}

async function publish(
  { source, destinations }: FileAsset,
  folder: string,
  buckets: ReadonlySet<string>,
  place: Place,
): Promise<Artefact> {
  const { path, packaging = "file", executable } = source;
  const [destination] = Object.values(destinations);
  if (path === undefined || !destination)
    throw new UserError(
      `an asset of the app is made by ${(executable ?? ["nothing"]).join(" ")}: that is not done here.`,
    );
  const file = join(folder, path);
  const bytes = await bytesOf(file, packaging);
  // A nested stack's template names the bucket as well.
  const isTemplate = path.endsWith(".template.json");
  const own = isTemplate ? Buffer.from(inOurBucket(bytes.toString(), buckets, place)) : bytes;
  const { key, sha256, sizeBytes } = await storeAs(place, own, destination.objectKey);
  const facts = { files: [path], libraries: [], packages: [] };
  return { logicalId: path, property: "asset", key, sha256, sizeBytes, how: packaging, ...facts };
}

async function bytesOf(file: string, packaging: "file" | "zip"): Promise<Buffer> {
  if (packaging === "file") return readFile(file);
  const isFolder = (await stat(file)).isDirectory();
  return Buffer.from(zipOf(isFolder ? await readFolder(file) : await fileEntries(file)));
}

/** The version of a bootstrap that nothing here needs. */
function withoutBootstrap({ Parameters, Rules, ...template }: JsonMap): JsonMap {
  const without = (section: unknown, name: string) => {
    const kept = Object.entries(isMap(section) ? section : {}).filter(([each]) => each !== name);
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  };
  const parameters = without(Parameters, "BootstrapVersion");
  const rules = without(Rules, "CheckBootstrapVersion");
  return {
    ...template,
    ...(parameters ? { Parameters: parameters } : {}),
    ...(rules ? { Rules: rules } : {}),
  };
}
