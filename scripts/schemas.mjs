// An SDK's schemas as JSON: they load in half the time of their JavaScript, which an engine reads, compiles
// and runs at once.
//
// A schema is an array that begins with its kind and names others by functions: see @smithy/core/schema. What
// is packed is a list of all schemas that the roots reach, in which `{"$": n}` stands for the n-th.

/**
 * @param {Readonly<Record<string, unknown>>} sdk The exports of an SDK's schemas.
 * @returns {{ names: string[], json: string }} The names of its operations and errors, which begin the list.
 */
export function packSchemas(sdk) {
  const names = Object.keys(sdk).filter((name) => ROOTS.has(kindOf(sdk[name])));
  const list = names.map((name) => sdk[name]);
  /** @returns {unknown} */
  const encode = (/** @type {unknown} */ value) => {
    if (Array.isArray(value)) return value.map(encode);
    const target = typeof value === "function" ? value() : value;
    if (!Array.isArray(target)) return target;
    const number = list.indexOf(target);
    return { $: number < 0 ? list.push(target) - 1 : number };
  };
  const packed = [];
  // Grows while it is read, by what is named in it.
  for (const schema of list) packed.push(encode(schema));
  return { names, json: JSON.stringify(packed) };
}

const OPERATION = 9;
const ERROR = -3;
const ROOTS = new Set([OPERATION, ERROR]);

const kindOf = (/** @type {unknown} */ schema) => (Array.isArray(schema) ? schema[0] : undefined);

/**
 * @param {string} json
 * @returns {unknown[]} The schemas, which name each other directly.
 */
export function unpackSchemas(json) {
  const list = JSON.parse(json);
  const link = (/** @type {Record<string | number, any>} */ into) => {
    for (const name in into) {
      const value = into[name];
      if (value === null) into[name] = undefined;
      else if (typeof value !== "object") continue;
      else if (value.$ === undefined) link(value);
      else into[name] = list[value.$];
    }
  };
  for (const schema of list) link(schema);
  return list;
}
