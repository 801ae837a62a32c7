// Answers that are sent while the handler still writes them.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
"use strict";

const { Writable } = require("node:stream");
const { hold, release, send } = require("./channel.cjs");
const { RuntimeError } = require("./errors.cjs");
const { environmentMembers, isPromise, remaining } = require("./invocation.cjs");
const { logError } = require("./logs.cjs");

/** Libraries that wrap handlers read and write these. */
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const RESPONSE = "response";

const HTTP_CONTENT_TYPE = "application/vnd.awslambda.http-integration-response";
/** Between what an HTTP answer begins with, in JSON, and its body. */
const DELIMITER_BYTES = 8;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_STREAM_BYTES = 200 * 1024 * 1024;
/** How much may be under way to who reads the answer. */
const WINDOW_BYTES = 256 * 1024;
const LONGEST_PIECE_BYTES = 64 * 1024;

/** The stream of the invocation that runs. @type {ResponseStream | undefined} */
let current;

class ResponseStream extends Writable {
  /** Set by `HttpResponseStream.from`, and by libraries that do its work. @type {((write: (chunk: string | Uint8Array) => void) => void) | undefined} */
  _onBeforeFirstWrite;
  id;
  #contentType = "application/octet-stream";
  #begun = false;
  #sentBytes = 0;
  #roomBytes = WINDOW_BYTES;
  /** @type {(() => void) | undefined} */
  #resume;

  /** @param {string} id @param {number | undefined} highWaterMark */
  constructor(id, highWaterMark) {
    super(highWaterMark === undefined ? {} : { highWaterMark });
    this.id = id;
  }

  /** @param {string} contentType */
  setContentType(contentType) {
    if (this.#begun)
      throw new RuntimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
    this.#contentType = contentType;
  }

  /** Anything but text and bytes is written as JSON. @override @param {any} chunk @param {any} [encoding] @param {any} [done] */
  write(chunk, encoding, done) {
    const isPlain = typeof chunk === "string" || chunk instanceof Uint8Array;
    return super.write(isPlain ? chunk : JSON.stringify(chunk), encoding, done);
  }

  /** @override @param {Buffer} chunk @param {BufferEncoding} _encoding @param {(error?: Error) => void} done */
  _write(chunk, _encoding, done) {
    const bytes = this.#begun ? chunk : Buffer.concat([...this.#beginning(), chunk]);
    this.#begin();
    if (this.#sentBytes + bytes.length > LARGEST_STREAM_BYTES) return done(tooLarge());
    this.#sentBytes += bytes.length;
    this.#sendPieces(bytes, done);
  }

  /** @override @param {() => void} done */
  _final(done) {
    this.#begin();
    done();
  }

  /** Who reads the answer has taken so much of it. @param {number} bytes */
  grant(bytes) {
    this.#roomBytes += bytes;
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  #beginning() {
    /** @type {Buffer[]} */
    const parts = [];
    this._onBeforeFirstWrite?.((part) => parts.push(Buffer.from(/** @type {string} */ (part))));
    return parts;
  }

  #begin() {
    if (this.#begun) return;
    this.#begun = true;
    send({ type: "begin", id: this.id, contentType: this.#contentType });
  }

  /** @param {Buffer} bytes @param {() => void} done */
  #sendPieces(bytes, done) {
    let rest = bytes;
    while (rest.length > 0) {
      const length = Math.min(rest.length, this.#roomBytes, LONGEST_PIECE_BYTES);
      if (length <= 0) {
        this.#resume = () => this.#sendPieces(rest, done);
        return;
      }
      send({ type: "chunk", id: this.id }, rest.subarray(0, length));
      this.#roomBytes -= length;
      rest = rest.subarray(length);
    }
    done();
  }
}

function tooLarge() {
  const message = `Response payload size exceeded maximum allowed payload size (${LARGEST_STREAM_BYTES} bytes).`;
  return Object.assign(new Error(message), { name: "Function.ResponseSizeTooLarge" });
}

/** AWS's global: handlers declare with it that they stream. */
const awslambda = {
  /** @param {any} handler @param {{ highWaterMark?: number }} [options] */
  streamifyResponse(handler, options) {
    handler[STREAMING] = RESPONSE;
    if (typeof options?.highWaterMark === "number")
      handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
    return handler;
  },
  HttpResponseStream: {
    /** Nothing of `metadata` is sent for an answer without a body, as on AWS. @param {ResponseStream} stream @param {unknown} metadata */
    from(stream, metadata) {
      stream.setContentType(HTTP_CONTENT_TYPE);
      const text = JSON.stringify(metadata);
      stream._onBeforeFirstWrite = (write) => {
        write(text);
        write(new Uint8Array(DELIMITER_BYTES));
      };
      return stream;
    },
  },
};

/** Whether a handler streams. Throws for one that declares something else. @param {any} handler */
function isStreaming(handler) {
  const kind = handler[STREAMING];
  if (kind === undefined) return false;
  if (kind === RESPONSE) return true;
  throw new RuntimeError("MalformedStreamingHandler", "Only response streaming is supported.");
}

/**
 * Runs a handler that streams and calls `finish` once, when it has returned and its stream has ended.
 * @param {any} handler
 * @param {import("./invocation.cjs").InvokeHead} head
 * @param {string} payload
 * @param {import("./invocation.cjs").Finish} finish
 */
function runStreaming(handler, head, payload, finish) {
  const stream = new ResponseStream(head.id, handler[HIGH_WATER_MARK]);
  current = stream;
  // What makes room for more comes through the event loop; an answer under way keeps it alive.
  hold();
  const end = (/** @type {unknown} */ error, /** @type {boolean} */ failed) => {
    if (current !== stream) return;
    current = undefined;
    release();
    if (failed) logError("Invoke Error", error);
    finish(error, undefined, failed);
  };
  stream.on("error", (error) => end(error, true));
  try {
    const result = handler(JSON.parse(payload), stream, contextOf(head));
    if (!isPromise(result)) return end("Streaming does not support non-async handlers.", true);
    result.then(
      (value) => {
        if (value !== undefined) console.warn("Streaming handlers ignore return values.");
        if (stream.writableFinished) end(undefined, false);
        else stream.on("finish", () => end(undefined, false));
      },
      (error) => end(error, true),
    );
  } catch (error) {
    end(error, true);
  }
}

/** @param {import("./invocation.cjs").InvokeHead} head */
function contextOf(head) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    ...environmentMembers(),
    awsRequestId: head.id,
    invokedFunctionArn: head.arn,
    clientContext: head.clientContext === undefined ? undefined : JSON.parse(head.clientContext),
    identity: undefined,
    getRemainingTimeInMillis: remaining(head.remainingMs),
  };
}

/** Who reads the answer of an invocation has taken so much of it. @param {string} id @param {number} bytes */
function grant(id, bytes) {
  if (current?.id === id) current.grant(bytes);
}

module.exports = { awslambda, grant, isStreaming, runStreaming };
