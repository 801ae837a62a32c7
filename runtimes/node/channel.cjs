// The frames between this process and the platform: see src/compute/frames.ts.
"use strict";

const fs = require("node:fs");
const net = require("node:net");

const CHANNEL_FD = 3;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Without the platform nobody waits for this process: no handler of its own may hold it up. */
function end() {
  process.kill(process.pid, "SIGKILL");
}

/**
 * Writes all bytes before it returns, so that logs and answers keep their order, and a function that
 * prints faster than the platform reads is held back instead of filling its memory.
 * @param {Buffer} bytes
 */
function writeAll(bytes) {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += fs.writeSync(CHANNEL_FD, bytes, written);
    } catch (error) {
      const code = /** @type {NodeJS.ErrnoException} */ (error).code;
      if (code === "EAGAIN") Atomics.wait(pause, 0, 0, 1);
      else end();
    }
  }
}

/**
 * @param {object} head
 * @param {string | Uint8Array} [body]
 */
function send(head, body) {
  const text = Buffer.from(JSON.stringify(head));
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(/** @type {string} */ (body));
  const frame = Buffer.allocUnsafe(8 + text.length + bytes.length);
  frame.writeUInt32BE(text.length, 0);
  frame.writeUInt32BE(bytes.length, 4);
  text.copy(frame, 8);
  bytes.copy(frame, 8 + text.length);
  writeAll(frame);
}

/**
 * Calls `receive` for every frame. The process ends when the platform closes the channel.
 * @param {(head: any, body: Buffer) => void} receive
 * @returns {net.Socket}
 */
function open(receive) {
  const socket = new net.Socket({ fd: CHANNEL_FD, readable: true, writable: false });
  /** @type {Buffer} */
  let pending = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    pending = pending.length ? Buffer.concat([pending, chunk]) : chunk;
    while (pending.length >= 8) {
      const headEnd = 8 + pending.readUInt32BE(0);
      const end = headEnd + pending.readUInt32BE(4);
      if (pending.length < end) return;
      const head = JSON.parse(pending.toString("utf8", 8, headEnd));
      const body = pending.subarray(headEnd, end);
      pending = pending.subarray(end);
      receive(head, body);
    }
  });
  socket.on("end", end);
  socket.on("error", end);
  return socket;
}

module.exports = { open, send };
