// Runs in the thread of Node's module hooks: imports of /opt lead to the folder of the layers, and packages
// that nothing else has are those of NODE_PATH, as in Lambda's own builds of Node.
// https://aws.amazon.com/blogs/compute/node-js-18-x-runtime-now-available-in-aws-lambda/
import path from "node:path";
import { pathToFileURL } from "node:url";

const OPT = /^(?:file:\/\/)?\/opt\//;
/** `name` and `@scope/name/file.js`, and no `./file.js`, `#inner` or `node:fs`. */
const PACKAGE = /^[^./#][^:]*$/;
let folder = "";
/** Files that would lie beside the packages, whose imports find them. @type {string[]} */
let neighbours = [];

/** @param {{ folder: string, packages: string[] }} data */
export function initialize(data) {
  folder = data.folder;
  neighbours = data.packages.map((each) => pathToFileURL(path.join(each, "..", "noop.js")).href);
}

/**
 * @param {string} specifier @param {object} context
 * @param {(specifier: string, context: object) => Promise<unknown>} next
 */
export async function resolve(specifier, context, next) {
  if (OPT.test(specifier))
    return next(pathToFileURL(path.join(folder, specifier.replace(OPT, ""))).href, context);
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isMissing(error) || !PACKAGE.test(specifier)) throw error;
    for (const parentURL of neighbours) {
      const found = await next(specifier, { ...context, parentURL }).catch((/** @type {unknown} */ other) => {
        if (!isMissing(other)) throw other;
      });
      if (found) return found;
    }
    throw error;
  }
}

/** @param {unknown} error */
const isMissing = (error) =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
