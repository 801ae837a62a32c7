// Runs in the thread of Node's module hooks: imports of /opt lead to the folder of the layers.
import path from "node:path";
import { pathToFileURL } from "node:url";

const OPT = /^(?:file:\/\/)?\/opt\//;
let folder = "";

/** @param {{ folder: string }} data */
export function initialize(data) {
  folder = data.folder;
}

/**
 * @param {string} specifier @param {object} context
 * @param {(specifier: string, context: object) => unknown} next
 */
export function resolve(specifier, context, next) {
  if (!OPT.test(specifier)) return next(specifier, context);
  return next(pathToFileURL(path.join(folder, specifier.replace(OPT, ""))).href, context);
}
