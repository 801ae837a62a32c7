// `localhost` and every name below it is this machine, as RFC 6761 has it, also where the system's resolver
// does not know such names: APIs, functions' URLs and buckets have them on the platform.
"use strict";

const dns = require("node:dns");
const { syncBuiltinESMExports } = require("node:module");

const LOCAL = /(?:^|\.)localhost\.?$/i;

/** @param {unknown} name */
const isLocal = (name) => typeof name === "string" && LOCAL.test(name);

/**
 * What a look-up of such a name gives.
 * @param {any} options a family (4, 6, or 0 for both), options with one, or nothing
 */
function find(options) {
  const { family = 0, all = false } =
    typeof options === "object" && options !== null ? options : { family: options };
  const v4 = { address: "127.0.0.1", family: 4 };
  const v6 = { address: "::1", family: 6 };
  const wanted = Number(String(family).replace("IPv", ""));
  const found = wanted === 4 ? [v4] : wanted === 6 ? [v6] : [v4, v6];
  return { all, found, first: wanted === 6 ? v6 : v4 };
}

/** Has `dns.lookup`, which sockets of every kind ask, answer of such names itself. */
function resolveLocalhost() {
  const { lookup } = dns;
  const lookupLater = dns.promises.lookup;

  /** @param {any} name @param {any[]} rest options, where there are any, and the callback */
  function lookupLocal(name, ...rest) {
    const callback = rest.at(-1);
    if (!isLocal(name) || typeof callback !== "function") return Reflect.apply(lookup, dns, [name, ...rest]);
    const { all, found, first } = find(rest.length > 1 ? rest[0] : undefined);
    if (all) process.nextTick(callback, null, found);
    else process.nextTick(callback, null, first.address, first.family);
    return {};
  }

  /** @param {any} name @param {any} options */
  async function lookupLocalLater(name, options) {
    if (!isLocal(name)) return lookupLater(name, options);
    const { all, found, first } = find(options);
    return all ? found : first;
  }

  // `util.promisify` finds in a symbol of the function's that its promise is of an object.
  dns.lookup = Object.defineProperties(
    /** @type {any} */ (lookupLocal),
    Object.getOwnPropertyDescriptors(lookup),
  );
  dns.promises.lookup = /** @type {any} */ (lookupLocalLater);
  syncBuiltinESMExports();
}

module.exports = { resolveLocalhost };
