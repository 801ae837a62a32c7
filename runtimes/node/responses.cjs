// Handlers of custom resources answer by HTTPS on its usual port, whatever address they were given: those
// answers go to the platform's own.
"use strict";

const Module = require("node:module");

const PATH = "/_nuage/cloudformation/";

/** @param {any} given the first argument of a request: a URL, its text, or options */
function placeOf(given) {
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : given;
  if (url instanceof URL) return { hostname: url.hostname, path: url.pathname + url.search };
  return { hostname: url?.hostname ?? String(url?.host ?? "").replace(/:\d+$/, ""), path: url?.path ?? "" };
}

let isDone = false;
let isWatched = false;

/** Has `https` ask the platform, which the environment names, for what goes to such hosts. */
function answerPlainly() {
  if (isDone) return;
  isDone = true;
  const http = require("node:http");
  const https = require("node:https");
  const { request } = https;
  /** @param {any} given @param {any[]} rest */
  function asked(given, ...rest) {
    const platform = new URL(process.env.AWS_ENDPOINT_URL ?? "http://localhost");
    const { hostname, path } = placeOf(given);
    if (![platform.hostname, "localhost"].includes(hostname) || !path.startsWith(PATH))
      return Reflect.apply(request, https, [given, ...rest]);
    const options = typeof rest[0] === "object" ? rest.shift() : {};
    const {
      agent: _,
      protocol: __,
      host: ___,
      ...own
    } = { ...(typeof given === "object" ? given : {}), ...options };
    const where = { protocol: "http:", hostname: platform.hostname, port: platform.port, path };
    return http.request({ ...own, ...where }, ...rest);
  }
  https.request = /** @type {any} */ (asked);
  https.get = /** @type {any} */ (
    (/** @type {any[]} */ ...all) => {
      const sent = Reflect.apply(https.request, https, all);
      sent.end();
      return sent;
    }
  );
  Module.syncBuiltinESMExports();
}

/** The same once somebody loads `https`: loading it takes longer than a small function does. */
function answerPlainlyOnceLoaded() {
  if (/** @type {any} */ (process).moduleLoadList.includes("NativeModule https")) return answerPlainly();
  if (isWatched) return;
  isWatched = true;
  /** @type {any} */
  const loader = Module;
  const load = loader._load;
  loader._load = (/** @type {string} */ name, /** @type {unknown[]} */ ...rest) => {
    if (name === "https" || name === "node:https") {
      loader._load = load;
      answerPlainly();
    }
    return load(name, ...rest);
  };
}

module.exports = { answerPlainlyOnceLoaded };
