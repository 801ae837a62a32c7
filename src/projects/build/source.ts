import { isMap, type Json, type JsonMap } from "../../deploy/parse.ts";

/** A function's or a layer's code as its template has it. */
export interface Source {
  readonly logicalId: string;
  readonly kind: "function" | "layer";
  /** Absolute: a folder, or a file that is there already. */
  readonly path: string;
  readonly runtime: string;
  readonly handler: string;
  readonly architecture: "x86_64" | "arm64";
  /** `Metadata.BuildMethod` of SAM: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html */
  readonly method: string | undefined;
  /** What its handler names may lie in its layers. */
  readonly hasLayers: boolean;
  readonly properties: JsonMap;
  /** It runs where it is written: its frames name the files of this machine. */
  readonly isAtHome?: boolean;
}

/** The same for code that comes to the same: what is shared by functions is built once. */
export function identityOf({ logicalId, handler, hasLayers: _, isAtHome: __, ...source }: Source): string {
  const hasOwnFile = /^(nodejs|go)/.test(source.runtime) || source.method === "esbuild";
  const isByName = source.method === "makefile";
  return JSON.stringify([source, hasOwnFile ? handler : "", isByName ? logicalId : ""]);
}

/** What was made of it. */
export interface Built {
  /** A zip: the same for the same files. */
  readonly archive: Uint8Array;
  /** Makes the same as it is away from home, where that is not the same. */
  readonly portable?: () => Uint8Array;
  /** In a word: `esbuild`, `pip`, `folder`. */
  readonly how: string;
  /** Absolute paths of the files it was made of, without packages. */
  readonly inputs: readonly string[];
  /** Packages that went into it, as `name@version`. */
  readonly packages: readonly string[];
  /** Whether it holds maps that lead from its frames to the sources. */
  readonly isMapped: boolean;
}

/** Makes code again and again, the faster the more it remembers. */
export interface Builder {
  build(): Promise<Built>;
  dispose(): Promise<void>;
}

/** For what remembers nothing. */
export const builder = (build: () => Promise<Built>): Builder => ({ build, dispose: async () => {} });

/** A text of the build's properties. */
export function textOf(properties: JsonMap, name: string): string | undefined {
  const value = properties[name];
  return value === undefined || typeof value === "object" ? undefined : String(value);
}

/** Texts: a list, or one with commas. */
export function textsOf(properties: JsonMap, name: string): string[] {
  const value: Json = properties[name] ?? [];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" ? value.split(",").map((each) => each.trim()) : [];
}

export function flagOf(properties: JsonMap, name: string, otherwise: boolean): boolean {
  const value = properties[name];
  return value === undefined ? otherwise : value === true || value === "true";
}

/** `Define` and its like: a map, or a list of `KEY=VALUE`. */
export function pairsOf(properties: JsonMap, name: string): Record<string, string> {
  const value = properties[name];
  if (isMap(value))
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
  return Object.fromEntries(
    textsOf(properties, name).map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
