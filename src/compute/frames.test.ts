import { describe, expect, it } from "vitest";
import { encodeFrame, FrameReader } from "./frames.ts";
import { LineSplitter, LONGEST_LINE_BYTES } from "./lines.ts";

function readAll(chunks: readonly Buffer[]): [string, string][] {
  const reader = new FrameReader();
  const found: [string, string][] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let frame = reader.next(); frame; frame = reader.next()) {
      found.push([frame.head.type, frame.body.toString()]);
    }
  }
  return found;
}

describe("FrameReader", () => {
  const stream = Buffer.concat([
    encodeFrame({ type: "ready" }),
    encodeFrame({ type: "log" }, Buffer.from("é\n")),
    encodeFrame({ type: "output" }, Buffer.alloc(0)),
  ]);

  it("finds the same frames wherever the stream is cut", () => {
    const whole = [
      ["ready", ""],
      ["log", "é\n"],
      ["output", ""],
    ];
    expect(readAll([stream])).toEqual(whole);
    expect(readAll([...stream].map((byte) => Buffer.from([byte])))).toEqual(whole);
    for (let cut = 1; cut < stream.length; cut++) {
      expect(readAll([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(whole);
    }
  });

  it("gives up on a stream that is none", () => {
    const reader = new FrameReader();
    reader.push(Buffer.from("console output where frames belong"));
    expect(reader.next()).toBeUndefined();
    expect(reader.broken).toBe(true);
    const garbled = new FrameReader();
    garbled.push(Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0x7b]));
    expect(garbled.next()).toBeUndefined();
    expect(garbled.broken).toBe(true);
  });
});

describe("LineSplitter", () => {
  it("emits whole lines, and the rest when flushed", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (const piece of ["a", "b\n\nc", "d\ne"]) splitter.push(Buffer.from(piece));
    expect(lines).toEqual(["ab", "", "cd"]);
    splitter.flush();
    splitter.flush();
    expect(lines).toEqual(["ab", "", "cd", "e"]);
  });

  it("cuts a line at 256 KB", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    splitter.push(Buffer.alloc(2 * LONGEST_LINE_BYTES + 10, "x"));
    splitter.push(Buffer.from("y\n"));
    expect(lines.map((line) => line.length)).toEqual([LONGEST_LINE_BYTES, LONGEST_LINE_BYTES, 11]);
  });
});
