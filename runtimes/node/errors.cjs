// Errors in the shape AWS's Node runtime gives them.
"use strict";

/** An error of the runtime itself, named `Runtime.<kind>`. */
class RuntimeError extends Error {
  /**
   * @param {string} kind
   * @param {string} message
   */
  constructor(kind, message) {
    super(message);
    this.name = `Runtime.${kind}`;
  }
}

/**
 * @param {unknown} thrown
 * @returns {{ errorType: string, errorMessage: string, trace: string[] }}
 */
function errorDocument(thrown) {
  try {
    if (thrown instanceof Error || isLikeError(thrown)) {
      const error = /** @type {Error} */ (thrown);
      return {
        errorType: String(error.name),
        errorMessage: String(error.message),
        trace: String(error.stack).split("\n"),
      };
    }
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  } catch {
    const errorMessage =
      "callback called with Error argument, but there was a problem while retrieving one or more of its " +
      "message, name, and stack";
    return { errorType: "handled", errorMessage, trace: [] };
  }
}

/** An error of another realm, or a copy of one. @param {unknown} value */
function isLikeError(value) {
  if (typeof value !== "object" || value === null) return false;
  const { name, message, stack } = /** @type {Record<string, unknown>} */ (value);
  return typeof name === "string" && typeof message === "string" && typeof stack === "string";
}

/** The text AWS logs for an error: JSON with the error's own enumerable members. @param {unknown} thrown */
function errorText(thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  try {
    return JSON.stringify(error, (_key, value) =>
      value instanceof Error
        ? {
            errorType: value.name,
            errorMessage: value.message,
            code: /** @type {NodeJS.ErrnoException} */ (value).code,
            ...value,
            stack: typeof value.stack === "string" ? value.stack.split("\n") : value.stack,
          }
        : value,
    );
  } catch {
    return JSON.stringify(errorDocument(error));
  }
}

module.exports = { RuntimeError, errorDocument, errorText };
