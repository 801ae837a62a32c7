// console.* and standard output as events of the function's log.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
"use strict";

const { format } = require("node:util");
const { send } = require("./channel.cjs");
const { errorText } = require("./errors.cjs");

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const METHODS = /** @type {const} */ ({
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO",
  log: "INFO",
  warn: "WARN",
  error: "ERROR",
  fatal: "FATAL",
});
/** AWS's runtime keeps it under this symbol, and logging libraries read it there. */
const REQUEST_ID = Symbol.for("aws.lambda.runtime.requestId");
const globals = /** @type {Record<symbol, string | undefined>} */ (/** @type {unknown} */ (globalThis));

let json = false;

/** @param {string | undefined} requestId */
function setRequestId(requestId) {
  globals[REQUEST_ID] = requestId;
}

/** Sends what goes to process.stdout and process.stderr through the channel, in order with the rest. */
function captureOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = /** @type {typeof stream.write} */ (
      /** @type {(chunk: any, encoding?: any, done?: any) => boolean} */ (chunk, encoding, done) => {
        const bytes = typeof chunk === "string" ? Buffer.from(chunk, encodingOf(encoding)) : chunk;
        send({ type: "output" }, bytes);
        const called = typeof encoding === "function" ? encoding : done;
        if (typeof called === "function") process.nextTick(called);
        return true;
      }
    );
  }
}

/** @param {unknown} encoding @returns {BufferEncoding} */
function encodingOf(encoding) {
  return typeof encoding === "string" && Buffer.isEncoding(encoding) ? encoding : "utf8";
}

/**
 * Replaces the methods of console. Levels below `least` fall away; without it none do.
 * @param {"Text" | "JSON"} logFormat
 * @param {string | undefined} least
 */
function patchConsole(logFormat, least) {
  json = logFormat === "JSON";
  const from = Math.max(0, LEVELS.indexOf((least ?? "TRACE").toUpperCase()));
  const target = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (console));
  for (const [method, level] of Object.entries(METHODS)) {
    if (LEVELS.indexOf(level) < from) target[method] = () => {};
    else target[method] = (/** @type {unknown[]} */ ...values) => write(level, values);
  }
}

/** @param {string} level @param {unknown[]} values */
function write(level, values) {
  const time = new Date().toISOString();
  const requestId = globals[REQUEST_ID];
  if (json) send({ type: "log" }, jsonLine(time, requestId, level, values));
  else send({ type: "log" }, `${time}\t${requestId}\t${level}\t${format(...values)}`);
}

/** @param {string} timestamp @param {string | undefined} requestId @param {string} level @param {unknown[]} values */
function jsonLine(timestamp, requestId, level, values) {
  const head = { timestamp, level, requestId };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...head, message: values[0] }, (_key, value) =>
        value instanceof Error ? { ...errorMembers(value), ...value } : value,
      );
    } catch {
      return JSON.stringify({ ...head, message: format(values[0]) });
    }
  }
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify({
    ...head,
    message: format(...values),
    ...(error instanceof Error ? errorMembers(error) : {}),
  });
}

/** @param {Error} error */
function errorMembers(error) {
  return {
    errorType: error.constructor?.name ?? "UnknownError",
    errorMessage: error.message,
    stackTrace: typeof error.stack === "string" ? error.stack.split("\n") : [],
  };
}

/** What the runtime logs about a failure: `Invoke Error`, `Uncaught Exception`. @param {string} title @param {unknown} thrown */
function logError(title, thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // The text has always had a tab before the document.
  if (json) write("ERROR", [error]);
  else write("ERROR", [title, `\t${errorText(error)}`]);
}

module.exports = { captureOutput, logError, patchConsole, setRequestId };
