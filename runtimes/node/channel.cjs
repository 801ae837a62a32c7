// The frames between this process and the platform: see src/compute/frames.ts.
"use strict";

const fs = require("node:fs");
const net = require("node:net");

const CHANNEL_FD = 3;
const PREFIX_BYTES = 8;
const pause = new Int32Array(new SharedArrayBuffer(4));
/** Most frames fit: they are written and read without an allocation. */
const SMALL_BYTES = 64 * 1024;
const outgoing = Buffer.allocUnsafeSlow(SMALL_BYTES);

/** `body` is an event, as the text it came as. @typedef {{ head: any, body: string }} Frame */

/** Holds what was read and not taken yet: its first bytes. A longer frame has it replaced by a larger one. */
let incoming = Buffer.allocUnsafeSlow(SMALL_BYTES);
let incomingBytes = 0;

/** Without the platform nobody waits for this process: no handler of its own may hold it up. */
function end() {
  process.kill(process.pid, "SIGKILL");
}

/** A function may have made the channel non-blocking. @param {unknown} error */
function waitOrEnd(error) {
  if (/** @type {NodeJS.ErrnoException} */ (error).code === "EAGAIN") Atomics.wait(pause, 0, 0, 1);
  else end();
}

/**
 * Writes all bytes before it returns, so that logs and answers keep their order, and a function that
 * prints faster than the platform reads is held back instead of filling its memory.
 * @param {Buffer} bytes
 * @param {number} length
 */
function writeAll(bytes, length) {
  let written = 0;
  while (written < length) {
    try {
      written += fs.writeSync(CHANNEL_FD, bytes, written, length - written);
    } catch (error) {
      waitOrEnd(error);
    }
  }
}

/**
 * @param {object} head
 * @param {string | Uint8Array} [body]
 */
function send(head, body = "") {
  const text = JSON.stringify(head);
  const headBytes = Buffer.byteLength(text);
  const bodyBytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const length = PREFIX_BYTES + headBytes + bodyBytes;
  const frame = length <= outgoing.length ? outgoing : Buffer.allocUnsafeSlow(length);
  frame.writeUInt32BE(headBytes, 0);
  frame.writeUInt32BE(bodyBytes, 4);
  frame.write(text, PREFIX_BYTES);
  if (typeof body === "string") frame.write(body, PREFIX_BYTES + headBytes);
  else frame.set(body, PREFIX_BYTES + headBytes);
  writeAll(frame, length);
}

/** The next whole frame of what was read. @returns {Frame | undefined} */
function take() {
  if (incomingBytes < PREFIX_BYTES) return undefined;
  const headEnd = PREFIX_BYTES + incoming.readUInt32BE(0);
  const frameEnd = headEnd + incoming.readUInt32BE(4);
  if (incomingBytes < frameEnd) {
    makeRoom(frameEnd - incomingBytes);
    return undefined;
  }
  const head = JSON.parse(incoming.toString("utf8", PREFIX_BYTES, headEnd));
  const body = incoming.toString("utf8", headEnd, frameEnd);
  incoming.copyWithin(0, frameEnd, incomingBytes);
  incomingBytes -= frameEnd;
  if (incomingBytes === 0 && incoming.length > SMALL_BYTES) incoming = Buffer.allocUnsafeSlow(SMALL_BYTES);
  return { head, body };
}

/** Makes room for so many bytes behind those that wait. @param {number} bytes */
function makeRoom(bytes) {
  const needed = incomingBytes + bytes;
  if (needed > incoming.length) incoming = Buffer.concat([incoming], needed);
}

const socket = new net.Socket({ fd: CHANNEL_FD, readable: true, writable: false });
/** What reads for the socket. A Node that has no `setBlocking` waits in the event loop. @type {any} */
const handle = /** @type {any} */ (socket)._handle;
const canBlock = typeof handle?.setBlocking === "function";
/** The socket does not read: `receiveNow` does. */
let isBlocking = false;

/** Has `receive` called for every frame that comes through the event loop. @param {(frame: Frame) => void} receive */
function open(receive) {
  socket.on("data", (chunk) => {
    makeRoom(chunk.length);
    chunk.copy(incoming, incomingBytes);
    incomingBytes += chunk.length;
    for (let frame = take(); frame; frame = take()) receive(frame);
  });
  socket.on("end", end);
  socket.on("error", end);
}

/** Waits for frames in the event loop, which goes on for as long. */
function hold() {
  socket.ref();
  if (isBlocking) read(true);
}

/** The channel keeps the event loop alive no longer, or nobody would see that it is empty. */
function release() {
  if (!isBlocking) socket.unref();
}

/** @param {boolean} inLoop */
function read(inLoop) {
  isBlocking = !inLoop;
  handle.setBlocking(isBlocking);
  handle.reading = inLoop;
  if (inLoop) handle.readStart();
  else handle.readStop();
}

/** Stops everything until the platform sends a frame. @returns {Frame} */
function receiveNow() {
  release();
  if (!isBlocking) read(false);
  for (;;) {
    const frame = take();
    if (frame) return frame;
    makeRoom(1);
    try {
      const bytesRead = fs.readSync(
        CHANNEL_FD,
        incoming,
        incomingBytes,
        incoming.length - incomingBytes,
        null,
      );
      // The platform has closed the channel.
      if (bytesRead === 0) end();
      incomingBytes += bytesRead;
    } catch (error) {
      waitOrEnd(error);
    }
  }
}

module.exports = { canBlock, hold, open, receiveNow, release, send };
