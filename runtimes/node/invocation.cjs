// One invocation: the context object, and the ways in which a handler may answer.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
"use strict";

const { RuntimeError } = require("./errors.cjs");
const { logError } = require("./logs.cjs");

/** @typedef {{ id: string, arn: string, remainingMs: number, trace: string, clientContext?: string }} InvokeHead */
/** @typedef {(error: unknown, result: unknown, failed: boolean) => void} Finish */

/**
 * Runs the handler and calls `finish` once with its error or result.
 * @param {import("./handler.cjs").Handler} handler
 * @param {InvokeHead} head
 * @param {string} payload
 * @param {Finish} finish
 * @returns {{ drained(): void }} `drained` is to be called when the event loop is empty
 */
function runHandler(handler, head, payload, finish) {
  let done = false;
  /** An answer by callback that waits for the event loop. @type {(() => void) | undefined} */
  let waiting;
  const end = (
    /** @type {unknown} */ error,
    /** @type {unknown} */ result,
    /** @type {boolean} */ failed,
  ) => {
    if (done) return;
    done = true;
    if (failed) logError("Invoke Error", error);
    finish(error, result, failed);
  };
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    ...environment,
    awsRequestId: head.id,
    invokedFunctionArn: head.arn,
    clientContext: head.clientContext === undefined ? undefined : JSON.parse(head.clientContext),
    identity: undefined,
    getRemainingTimeInMillis: remaining(head.remainingMs),
    succeed: (/** @type {unknown} */ result) => end(undefined, result, false),
    fail: (/** @type {unknown} */ error) => end(error ?? "handled", undefined, true),
    done: (/** @type {unknown} */ error, /** @type {unknown} */ result) => end(error, result, isGiven(error)),
  };
  const callback = (/** @type {unknown} */ error, /** @type {unknown} */ result) => {
    const answer = () => end(error, result, isGiven(error));
    if (waiting || done) return;
    if (isGiven(error) || !context.callbackWaitsForEmptyEventLoop) answer();
    else waiting = answer;
  };
  try {
    const result = handler(JSON.parse(payload), context, callback);
    if (isPromise(result)) result.then(context.succeed, (error) => end(error, undefined, true));
  } catch (error) {
    end(error, undefined, true);
  }
  const isAsync = handler.constructor?.name === "AsyncFunction";
  return {
    drained() {
      if (waiting) waiting();
      else if (isAsync) end(new RuntimeError("NodeJsExit", NEVER_SETTLED), undefined, true);
      else end(undefined, null, false);
    },
  };
}

const NEVER_SETTLED = "The asynchronous handler's promise was never settled and nothing is left to wait for";

/** The members of a context that are the same for every invocation. */
let environment = {};
const environmentMembers = () => environment;

/** Call it when the variables of the function are set. */
function rememberEnvironment() {
  environment = {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  };
}

/** @param {number} remainingMs */
function remaining(remainingMs) {
  const deadline = Date.now() + remainingMs;
  return () => Math.max(0, Math.floor(deadline - Date.now()));
}

/** @param {unknown} error */
function isGiven(error) {
  return error !== undefined && error !== null;
}

/** @param {unknown} value @returns {value is PromiseLike<unknown>} */
function isPromise(value) {
  return typeof (/** @type {any} */ (value)?.then) === "function";
}

module.exports = { environmentMembers, isPromise, rememberEnvironment, remaining, runHandler };
