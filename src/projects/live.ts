import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { dirname, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { builderFor } from "./build/build.ts";
import type { Builder, Built, Source } from "./build/source.ts";
import { isNamed, type Place } from "./clients.ts";
import { type Artefact, workshopOf } from "./packaging.ts";
import type { StackSource } from "./project.ts";
import { resourcesOf } from "./resources.ts";
import { aliasOf, functionsOf } from "./sources.ts";
import { foldersIn } from "./watcher.ts";

const CONFLICT_MS = 20;

/** A deployed function whose code is changed in place while somebody works on it. */
export class LiveFunction {
  readonly logicalId: string;
  /** As Lambda knows it. */
  readonly name: string;
  readonly source: Source;
  readonly #alias: string | undefined;
  readonly #builder: Builder;
  #inputs: readonly string[] = [];
  /** Of the code that was deployed. */
  readonly #deployed: string;
  /** Of the code that runs, as it is at home; unknown before the first build. */
  #running: string | undefined;
  /** What is wrong with it may lie in files that it never got to. */
  #isBroken = false;

  constructor(source: Source, name: string, { alias, sha256, builder }: Deployed) {
    this.#deployed = sha256;
    this.logicalId = source.logicalId;
    this.source = source;
    this.name = name;
    this.#alias = alias;
    this.#builder = builder;
  }

  /** Whether a change of these files may change it. */
  isMadeOf(paths: ReadonlySet<string>): boolean {
    return this.#isBroken || [...paths].some((path) => this.#inputs.some((input) => isWithin(path, input)));
  }

  /** Builds it and puts it in the place of what runs. Whether there was anything to change. */
  async swap(lambda: LambdaClient): Promise<boolean> {
    const built = await this.#build();
    const { archive, portable = () => archive } = built;
    const sha256 = hashOf(archive);
    const isSame =
      this.#running === undefined ? hashOf(portable()) === this.#deployed : sha256 === this.#running;
    if (!isSame) await this.#send(lambda, archive);
    this.#running = sha256;
    return !isSame;
  }

  async #build(): Promise<Built> {
    this.#isBroken = true;
    const built = await this.#builder.build();
    this.#isBroken = false;
    this.#inputs = built.inputs;
    return built;
  }

  async #send(lambda: LambdaClient, archive: Uint8Array): Promise<void> {
    const { UpdateAliasCommand, UpdateFunctionCodeCommand } = await import("@aws-sdk/client-lambda");
    const input = { FunctionName: this.name, ZipFile: archive, Publish: this.#alias !== undefined };
    for (;;) {
      try {
        const { Version: version } = await lambda.send(new UpdateFunctionCodeCommand(input));
        if (this.#alias === undefined) return;
        const alias = { FunctionName: this.name, Name: this.#alias, FunctionVersion: version };
        await lambda.send(new UpdateAliasCommand(alias));
        return;
      } catch (error) {
        // The change before is still under way.
        if (!isNamed(error, "ResourceConflictException")) throw error;
        await pause(CONFLICT_MS);
      }
    }
  }

  /** The folders in which a change may concern it. */
  async folders(): Promise<string[]> {
    const inputs = this.#inputs.length > 0 ? this.#inputs : [this.source.path];
    const folders = await Promise.all(inputs.map(foldersOf));
    return [...new Set(folders.flat())];
  }

  async dispose(): Promise<void> {
    await this.#builder.dispose();
  }
}

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

interface Deployed {
  readonly alias: string | undefined;
  readonly sha256: string;
  readonly builder: Builder;
}

/** Whether a path is this one, or lies in it. */
export const isWithin = (path: string, input: string) => path === input || path.startsWith(`${input}${sep}`);

/** Where to look for changes of a file, or of all that is in a folder. */
export async function foldersOf(path: string): Promise<string[]> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? foldersIn(path) : [dirname(path)];
}

/** The functions of a stack whose code lies here. `artefacts`: what was deployed. */
export async function liveFunctions(
  place: Place,
  { stack, template, folder }: Pick<StackSource, "stack" | "template" | "folder">,
  artefacts: readonly Artefact[],
  root: string,
): Promise<LiveFunction[]> {
  const names = new Map(
    (await resourcesOf(place, stack)).map(({ logicalId, physicalId }) => [logicalId, physicalId]),
  );
  const live = functionsOf(template, folder).map(async (source) => {
    const name = names.get(source.logicalId);
    if (name === undefined) return [];
    const builder = await builderFor({ ...source, isAtHome: true }, workshopOf(root));
    const alias = aliasOf(template, source.logicalId);
    const { sha256 = "" } = artefacts.find(({ logicalId }) => logicalId === source.logicalId) ?? {};
    return [new LiveFunction(source, name, { alias, sha256, builder })];
  });
  return (await Promise.all(live)).flat();
}
