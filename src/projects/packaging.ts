import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { isMap, type Json, type JsonMap } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import { fileEntries, readFolder, zipOf } from "./archive.ts";
import { builderFor } from "./build/build.ts";
import { packageFolder, readManifest } from "./build/packages.ts";
import { identityOf, type Source } from "./build/source.ts";
import type { Place } from "./clients.ts";
import {
  INCLUDE,
  type Located,
  localPath,
  REFERENCES,
  type Reference,
  valueAt,
  withValueAt,
} from "./references.ts";
import { globalsOf, sourceOf } from "./sources.ts";
import { bucketOf, type Stored, store } from "./storage.ts";
import { readTemplate } from "./templates.ts";

/** Something of a project that lies in the artefacts' bucket. */
export interface Artefact {
  readonly logicalId: string;
  readonly property: string;
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly how: string;
  /** The project's own files it was made of, from the project's folder. */
  readonly files: readonly string[];
  /** Packages of the same workspace that went into it. */
  readonly libraries: readonly string[];
  /** Packages from elsewhere: `zod@4.6.7`. */
  readonly packages: readonly string[];
}

/** A template that knows nothing of this machine, and what it refers to. */
export interface Packaged {
  readonly template: JsonMap;
  readonly artefacts: readonly Artefact[];
}

export interface Packaging {
  readonly place: Place;
  /** The project's top: what is told about files is told from here. */
  readonly root: string;
  /** Whether functions and layers are built; otherwise they are taken as they lie there. */
  readonly isBuilding: boolean;
  /** Called when something has been built and stored. */
  readonly onArtefact?: (artefact: Artefact, isNew: boolean) => void;
}

/** Where tools' results wait for the next time. */
export const workshopOf = (root: string) => join(root, ".nuage", "builds");

/**
 * Builds and stores what a template names by a local path, and names it by its place in the bucket.
 * `folder`: where the template lies.
 */
export async function packageTemplate(
  template: JsonMap,
  folder: string,
  packaging: Packaging,
): Promise<Packaged> {
  const work = new Work(packaging);
  return { template: await work.template(template, folder), artefacts: work.artefacts };
}

class Work {
  readonly artefacts: Artefact[] = [];
  readonly #packaging: Packaging;
  /** Functions that share all that makes their code are built once. */
  readonly #made = new Map<string, Promise<Made>>();

  constructor(packaging: Packaging) {
    this.#packaging = packaging;
  }

  async template(template: JsonMap, folder: string): Promise<JsonMap> {
    const globals = globalsOf(template);
    const resources = isMap(template.Resources) ? template.Resources : {};
    const packaged = await Promise.all(
      Object.entries(resources).map(async ([logicalId, resource]) => {
        const own = isMap(resource) ? await this.#resource(logicalId, resource, globals, folder) : resource;
        return [logicalId, own] as const;
      }),
    );
    const whole = { ...template, Resources: Object.fromEntries(packaged) };
    return (await this.#includes(whole, folder)) as JsonMap;
  }

  async #resource(logicalId: string, resource: JsonMap, globals: JsonMap, folder: string): Promise<JsonMap> {
    let { Properties = {} } = resource;
    let isMapped = false;
    for (const reference of REFERENCES[String(resource.Type)] ?? []) {
      const path = localPath(
        valueAt({ ...inherited(reference, globals), ...asMap(Properties) }, reference.property),
      );
      if (path === undefined || isImage(Properties)) continue;
      const made = await this.#reference(logicalId, resource, globals, { reference, path, folder });
      Properties = withValueAt(Properties, reference.property, reference.locate(made.located));
      isMapped ||= made.isMapped;
    }
    if (isMapped) Properties = withSourceMaps(asMap(Properties), globals);
    return { ...resource, Properties };
  }

  async #reference(
    logicalId: string,
    resource: JsonMap,
    globals: JsonMap,
    { reference, path, folder }: { reference: Reference; path: string; folder: string },
  ): Promise<Made> {
    const absolute = resolve(folder, path);
    if (!existsSync(absolute))
      throw new UserError(`${logicalId}: ${reference.property} names ${absolute}, which is not there.`);
    const { kind } = reference;
    const making =
      kind === "function" || kind === "layer"
        ? this.#code(sourceOf(logicalId, resource, globals, { kind, path, folder }))
        : kind === "template"
          ? this.#nested(absolute)
          : this.#file(absolute, kind === "zip");
    const made = await making;
    this.#note(logicalId, reference.property, made);
    return made;
  }

  #note(logicalId: string, property: string, { stored, how, inputs, packages, from }: Made): void {
    const { root, onArtefact } = this.#packaging;
    const { key, sha256, sizeBytes, isNew } = stored;
    const files: string[] = [];
    const libraries = new Set<string>();
    for (const input of inputs) {
      const library = libraryOf(input, from);
      if (library === undefined) files.push(relative(root, input) || ".");
      else libraries.add(library);
    }
    const facts = { files: files.sort(), libraries: [...libraries].sort(), packages };
    const artefact = { logicalId, property, key, sha256, sizeBytes, how, ...facts };
    this.artefacts.push(artefact);
    onArtefact?.(artefact, isNew);
  }

  #code(source: Source): Promise<Made> {
    const key = identityOf(source);
    const known = this.#made.get(key) ?? this.#build(source);
    this.#made.set(key, known);
    return known;
  }

  async #build(source: Source): Promise<Made> {
    const { place, root, isBuilding } = this.#packaging;
    const taken = isBuilding ? source : { ...source, method: undefined, properties: { SkipBuild: true } };
    const builder = await builderFor(taken, workshopOf(root));
    try {
      const { archive, how, inputs, packages, isMapped } = await builder.build();
      const stored = await store(place, archive, ".zip");
      const from = source.path;
      return { stored, located: locate(place, stored), how, inputs, packages, isMapped, from };
    } finally {
      await builder.dispose();
    }
  }

  async #file(path: string, isZipped: boolean): Promise<Made> {
    const { place } = this.#packaging;
    const isFolder = statSync(path).isDirectory();
    const bytes =
      isFolder || isZipped
        ? zipOf(isFolder ? await readFolder(path) : await fileEntries(path))
        : await readFile(path);
    const stored = await store(place, bytes, isFolder || isZipped ? ".zip" : extensionOf(path));
    return { ...plain, stored, located: locate(place, stored), how: "file", inputs: [path], from: path };
  }

  async #nested(path: string): Promise<Made> {
    const { place } = this.#packaging;
    const template = await this.template(await readTemplate(path), dirname(path));
    const stored = await store(place, Buffer.from(JSON.stringify(template)), ".template");
    return { ...plain, stored, located: locate(place, stored), how: "template", inputs: [path], from: path };
  }

  /** What AWS::Include takes from a file. */
  async #includes(value: Json, folder: string): Promise<Json> {
    if (Array.isArray(value)) return Promise.all(value.map((each) => this.#includes(each, folder)));
    if (!isMap(value)) return value;
    const include = isMap(value["Fn::Transform"]) ? value["Fn::Transform"] : undefined;
    const parameters = isMap(include?.Parameters) ? include.Parameters : {};
    const path = include?.Name === INCLUDE.name ? localPath(parameters.Location) : undefined;
    if (path !== undefined) {
      const made = await this.#file(resolve(folder, path), false);
      this.#note(INCLUDE.name, "Location", made);
      const Parameters = { ...parameters, Location: INCLUDE.locate(made.located) };
      return { ...value, "Fn::Transform": { ...include, Parameters } };
    }
    const members = Object.entries(value).map(
      async ([name, each]) => [name, await this.#includes(each, folder)] as const,
    );
    return Object.fromEntries(await Promise.all(members));
  }
}

/** What a local path became. */
interface Made {
  readonly stored: Stored;
  readonly located: Located;
  readonly how: string;
  readonly inputs: readonly string[];
  readonly packages: readonly string[];
  readonly isMapped: boolean;
  /** The code's own folder or file. */
  readonly from: string;
}

/** The workspace package that a file belongs to, where it is not the one that the code itself belongs to. */
function libraryOf(file: string, code: string): string | undefined {
  const folder = packageFolder(dirname(file));
  if (folder === undefined || folder === packageFolder(code)) return undefined;
  return relative(folder, code).startsWith("..") ? readManifest(folder)?.name : undefined;
}

const plain = { packages: [], isMapped: false } as const;

export function locate(place: Place, { key }: Pick<Stored, "key">): Located {
  const bucket = bucketOf(place);
  return { bucket, key, url: `https://s3.${place.region}.amazonaws.com/${bucket}/${key}` };
}

const extensionOf = (path: string) => /\.[A-Za-z0-9]+$/.exec(path)?.[0] ?? "";
const asMap = (value: Json): JsonMap => (isMap(value) ? value : {});

/** Of a function's globals only where its code lies: everything else SAM's transform adds itself. */
const inherited = ({ property }: Reference, globals: JsonMap): JsonMap =>
  property === "CodeUri" && globals.CodeUri !== undefined ? { CodeUri: globals.CodeUri } : {};

/** Code in the template, or in an image, lies nowhere on the disk. */
function isImage(properties: Json): boolean {
  const { InlineCode, ImageUri, PackageType } = asMap(properties);
  return InlineCode !== undefined || ImageUri !== undefined || PackageType === "Image";
}

/** Node reads source maps only when it is told to. */
const MAPS = "--enable-source-maps";

/** Unless the function has options of its own. */
function withSourceMaps(properties: JsonMap, globals: JsonMap): JsonMap {
  const variables = (of: Json | undefined) => asMap(asMap(of ?? {}).Variables ?? {});
  const { Environment: environment = {} } = properties;
  const isTaken = [environment, globals.Environment].some((of) => variables(of).NODE_OPTIONS !== undefined);
  const isFunction = !isMap(environment) || Object.keys(environment).some((name) => name.startsWith("Fn::"));
  if (isTaken || isFunction || !isMap(asMap(environment).Variables ?? {})) return properties;
  const Variables = { ...variables(environment), NODE_OPTIONS: MAPS };
  return { ...properties, Environment: { ...asMap(environment), Variables } };
}
