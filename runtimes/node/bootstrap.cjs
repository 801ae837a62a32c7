// The program inside a Node function's process. It waits for code, loads the handler, and answers one
// invocation at a time. It is started before anybody needs it, so nothing here knows a function.
"use strict";

const Module = require("node:module");
const { canBlock, hold, open, receiveNow, release, send } = require("./channel.cjs");
const { RuntimeError, errorDocument } = require("./errors.cjs");
const { loadHandler } = require("./handler.cjs");
const { rememberEnvironment, runHandler } = require("./invocation.cjs");
const { mapLayers } = require("./layers.cjs");
const { resolveLocalhost } = require("./localhost.cjs");
const { captureOutput, logError, patchConsole, setRequestId } = require("./logs.cjs");
const { answerPlainlyOnceLoaded } = require("./responses.cjs");
const { grant, isStreaming, runStreaming } = require("./streaming.cjs");

/** The largest answer, in bytes: 6 MB and what AWS grants beyond. */
const LARGEST_ANSWER_BYTES = 6_291_556;

/** @type {import("./handler.cjs").Handler | undefined} */
let handler;
let streams = false;
/** @type {{ id: string, drained: () => void } | undefined} */
let current;
let begun = false;

/** The step from an answer to the wait for the next event. @type {NodeJS.Immediate | undefined} */
let resting;
/** What is active although nothing is under way: standard output and error. */
let idleResources = 0;
/** What the code that was loaded keeps active, such as a timer of its own: no invocation has left it. */
let loadedResources = 0;
/** The timer below, which is no function's, has passed. */
let warmed = false;
/** Whether the process is stopped between invocations. */
let freezes = false;
let listensToSignals = false;
/** Something was active when the answer was given. */
let busy = false;

/** @param {import("./channel.cjs").Frame} frame */
function receive({ head, body }) {
  if (head.type === "init") initialise(head);
  else if (head.type === "invoke") invoke(head, body);
  else if (head.type === "more") grant(head.id, head.bytes);
}

/**
 * Waits for the next invocation. A function that has left nothing running is stopped by a read that
 * blocks: on a busy machine it costs half of what waiting in the event loop does. What has come meanwhile
 * for sockets that keep no process alive is looked at before the handler runs.
 */
function rest(/** @type {string} */ id) {
  resting = setImmediate(() => {
    const active = process.getActiveResourcesInfo();
    const isDone = active.length <= idleResources;
    if (freezes) tellLeft(id, active);
    if (freezes && isDone && !listensToSignals) setImmediate(receive, nextEvent());
    else hold();
  });
}

/** Says what will be stopped with the process. @param {string} id @param {string[]} active */
function tellLeft(id, active) {
  const left = lasting(active);
  // What loading itself was still busy with counts no longer.
  loadedResources = Math.min(loadedResources, left.length);
  const isLeft = left.length > loadedResources;
  if (isLeft || busy) send({ type: "left", id, what: isLeft ? left.join(" ") : "" });
  busy = false;
}

/** What goes with an answer: while something is active the platform is to wait for what `tellLeft` says. */
function farewell() {
  busy = freezes && process.getActiveResourcesInfo().length > idleResources;
  return busy ? { ...peak(), busy } : peak();
}

/** Not what is there always, and not what has ended before anybody looks. @param {string[]} active */
const lasting = (active) =>
  active.filter((name) => !/^(TTYWrap|PipeWrap|Immediate|CloseReq|FSReq.*)$/.test(name));

/** Stops everything until it comes. Room for an answer that has ended is of no use any more. */
function nextEvent() {
  let frame = receiveNow();
  while (frame.head.type === "more") frame = receiveNow();
  return frame;
}

/** @param {{ environment: Record<string, string>, root: string, logFormat: "Text" | "JSON", logLevel?: string, freezes: boolean, layers?: string }} head */
async function initialise(head) {
  begun = true;
  freezes = head.freezes && canBlock;
  for (const name of Object.keys(process.env)) {
    if (!(name in head.environment)) delete process.env[name];
  }
  Object.assign(process.env, head.environment);
  // The one of Node's options for which a process need not be started anew.
  if (process.env.NODE_OPTIONS === "--enable-source-maps") process.setSourceMapsEnabled(true);
  // NODE_PATH is read when Node starts; this reads it again.
  /** @type {any} */ (Module)._initPaths();
  if (head.layers) mapLayers(head.layers);
  process.chdir(head.root);
  const before = process.getActiveResourcesInfo().length;
  captureOutput();
  idleResources = process.getActiveResourcesInfo().length - before;
  patchConsole(head.logFormat, head.logLevel);
  process.argv.length = 1;
  rememberEnvironment();
  try {
    answerPlainlyOnceLoaded();
    const loaded = await loadHandler(head.root, head.environment._HANDLER ?? "");
    // An import may have loaded it in another way.
    answerPlainlyOnceLoaded();
    loadedResources = lasting(process.getActiveResourcesInfo()).length - (warmed ? 0 : 1);
    streams = isStreaming(loaded);
    handler = loaded;
    send({ type: "initialised" });
  } catch (error) {
    logError("Uncaught Exception", error);
    const document = errorDocument(error);
    send({ type: "failed", errorType: document.errorType }, JSON.stringify(document));
    process.exit(1);
  }
}

/** @param {import("./invocation.cjs").InvokeHead} head @param {string} body */
function invoke(head, body) {
  if (!handler) return;
  process.env._X_AMZN_TRACE_ID = head.trace;
  setRequestId(head.id);
  // The event may have come before the wait for it began.
  clearImmediate(resting);
  release();
  current = { id: head.id, drained: () => {} };
  const finish = (
    /** @type {unknown} */ error,
    /** @type {unknown} */ result,
    /** @type {boolean} */ failed,
  ) => {
    current = undefined;
    if (failed) answerError(head.id, error);
    else if (streams) send({ type: "answer", id: head.id, ...farewell() });
    else answer(head.id, result);
    rest(head.id);
  };
  if (streams) return runStreaming(handler, head, body, finish);
  const running = runHandler(handler, head, body, finish);
  if (current) current.drained = running.drained;
}

/** @param {string} id @param {unknown} result */
function answer(id, result) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fault = new RuntimeError("MarshalError", `Unable to stringify response body: ${reason}`);
    logError("Invoke Error", fault);
    return answerError(id, fault);
  }
  if (Buffer.byteLength(text) <= LARGEST_ANSWER_BYTES)
    return send({ type: "answer", id, ...farewell() }, text);
  const errorType = "Function.ResponseSizeTooLarge";
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${LARGEST_ANSWER_BYTES} bytes).`;
  logError("Invoke Error", new RuntimeError("ResponseSizeTooLarge", errorMessage));
  send({ type: "answer", id, errorType }, JSON.stringify({ errorType, errorMessage }));
}

/** Where there is no /proc the platform cannot see how much memory this process took. */
function peak() {
  return process.platform === "linux" ? {} : { peakBytes: process.resourceUsage().maxRSS * 1024 };
}

/** @param {string} id @param {unknown} error */
function answerError(id, error) {
  const document = errorDocument(error);
  send({ type: "answer", id, errorType: document.errorType, ...farewell() }, JSON.stringify(document));
}

/** @param {string} title @param {unknown} error @param {number} status */
function die(title, error, status) {
  if (!handler && !current) return failInit(title, error);
  logError(title, error);
  const document = errorDocument(error);
  if (current) {
    send({ type: "fatal", id: current.id, errorType: document.errorType }, JSON.stringify(document));
  }
  process.exit(status);
}

/** @param {string} title @param {unknown} error */
function failInit(title, error) {
  logError(title, error);
  const document = errorDocument(error);
  send({ type: "failed", errorType: document.errorType }, JSON.stringify(document));
  process.exit(1);
}

process.on("uncaughtException", (error) => die("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) => {
  const error = Object.assign(new RuntimeError("UnhandledPromiseRejection", String(reason)), { reason });
  die("Unhandled Promise Rejection", error, 128);
});
process.on("beforeExit", () => current?.drained());
process.on("newListener", (name) => {
  if (String(name).startsWith("SIG")) listensToSignals = true;
});
resolveLocalhost();
open(receive);
// What most functions load, read while nobody waits. A process that was started for a waiting
// invocation finds its code already in the channel and skips this.
setTimeout(() => {
  warmed = true;
  if (!begun)
    for (const name of ["http", "https", "crypto", "stream/promises", "zlib"]) require(`node:${name}`);
  send({ type: "ready" });
}, 5);
