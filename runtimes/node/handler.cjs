// Finds the handler that a function names, by the rules of AWS's Node runtime.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-naming
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");
const { pathToFileURL } = require("node:url");
const { RuntimeError } = require("./errors.cjs");
const { awslambda } = require("./streaming.cjs");

/** @typedef {(event: unknown, context: object, callback: (error?: unknown, result?: unknown) => void) => unknown} Handler */

/**
 * `dir/file.outer.inner` is the member `outer.inner` of what `dir/file` exports.
 * @param {string} root the folder of the code
 * @param {string} name
 * @returns {Promise<Handler>}
 */
async function loadHandler(root, name) {
  if (name.includes("..")) {
    const reason = "Use absolute paths when specifying root directories in handler names.";
    throw new RuntimeError("MalformedHandlerName", `'${name}' is not a valid handler name. ${reason}`);
  }
  const base = path.basename(name);
  const folder = name.slice(0, name.indexOf(base));
  const dot = base.indexOf(".");
  if (dot < 0) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  Object.assign(globalThis, { awslambda });
  const module = await loadModule(root, folder, base.slice(0, dot));
  /** @type {any} */
  let found = module;
  for (const key of base.slice(dot + 1).split(".")) found = found?.[key];
  if (!found) throw new RuntimeError("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof found !== "function") throw new RuntimeError("HandlerNotFound", `${name} is not a function`);
  return found;
}

/** @param {string} root @param {string} folder @param {string} name */
async function loadModule(root, folder, name) {
  try {
    return await findModule(root, folder, name);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError("UserCodeSyntaxError", String(error));
    const code = /** @type {NodeJS.ErrnoException | undefined} */ (error)?.code;
    if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") {
      throw new RuntimeError("ImportModuleError", String(error));
    }
    throw error;
  }
}

/**
 * The name itself, then .js (as its package.json says), .mjs, .cjs, then a package of that name.
 * @param {string} root @param {string} folder @param {string} name
 */
async function findModule(root, folder, name) {
  const file = path.resolve(root, folder, name);
  const load = createRequire(path.join(root, "noop.js"));
  const importFile = (/** @type {string} */ target) => import(pathToFileURL(target).href);
  if (isFile(file)) return load(file);
  if (isFile(`${file}.js`)) {
    return inModulePackage(path.dirname(file)) ? importFile(`${file}.js`) : load(`${file}.js`);
  }
  if (isFile(`${file}.mjs`)) return importFile(`${file}.mjs`);
  if (isFile(`${file}.cjs`)) return load(`${file}.cjs`);
  return load(load.resolve(name, { paths: [root, path.resolve(root, folder)] }));
}

/** @param {string} file */
function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Whether the nearest package.json says `"type": "module"`. @param {string} folder @returns {boolean} */
function inModulePackage(folder) {
  if (path.basename(folder) === "node_modules") return false;
  const file = path.join(folder, "package.json");
  if (isFile(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8"))?.type === "module";
    } catch (error) {
      console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
      return false;
    }
  }
  const parent = path.dirname(folder);
  return parent === folder ? false : inModulePackage(parent);
}

module.exports = { loadHandler };
