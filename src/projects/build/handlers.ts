import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../kernel/faults.ts";
import { entryOf, moduleOf } from "./node.ts";
import { flagOf, type Source } from "./source.ts";

/** Refuses a folder without the file that the handler names; layers may have it, and packages. */
export function checkHandler(source: Source): void {
  const { kind, path, handler, logicalId, hasLayers, runtime, properties } = source;
  if (kind !== "function" || hasLayers || handler === "" || flagOf(properties, "SkipBuild", false)) return;
  const isNode = runtime.startsWith("nodejs");
  if (!isNode && !runtime.startsWith("python")) return;
  const module = isNode ? moduleOf(handler) : pythonModuleOf(handler);
  if (/^\/|(^|\/)node_modules\//.test(module)) return;
  const isThere = isNode ? entryOf(source) !== undefined || has(path, module) : hasPython(path, module);
  if (isThere) return;
  const ending = isNode ? ".ts or .js" : ".py";
  throw new UserError(`${logicalId}: its handler is ${handler}, and ${path} has no ${module}${ending}.`);
}

const has = (folder: string, name: string) => existsSync(join(folder, name));

/** `pack/age` of `pack.age.handler`. */
const pythonModuleOf = (handler: string) => handler.replace(/\.[^./]*$/, "").replaceAll(".", "/");

const hasPython = (folder: string, module: string) =>
  [`${module}.py`, `${module}.pyc`, `${module}/__init__.py`].some((file) => has(folder, file));
