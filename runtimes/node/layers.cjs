// Layers lie in a folder of their own here; functions know it as /opt.
"use strict";

const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const OPT = "/opt/";

/**
 * Has `require("/opt/…")` and `import("/opt/…")` find what is in the layers, and imports their packages.
 * @param {string} folder
 */
function mapLayers(folder) {
  const inLayers = (/** @type {string} */ specifier) => path.join(folder, specifier.slice(OPT.length));
  /** @type {any} */
  const loader = Module;
  const resolve = loader._resolveFilename;
  loader._resolveFilename = (/** @type {string} */ request, /** @type {unknown[]} */ ...rest) =>
    resolve(request.startsWith(OPT) ? inLayers(request) : request, ...rest);
  const packages = (process.env.NODE_PATH ?? "").split(path.delimiter).filter((each) => each !== "");
  Module.register(pathToFileURL(path.join(__dirname, "layers-hook.mjs")), { data: { folder, packages } });
}

module.exports = { mapLayers };
