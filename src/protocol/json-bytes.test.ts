import { describe, expect, it } from "vitest";
import { writeBlob, writeJson } from "./json-bytes.ts";

const textOf = (document: string | Uint8Array) => Buffer.from(document).toString("utf8");

describe("JSON with large blobs", () => {
  const blobs = [300, 10, 1000].map((size) => new Uint8Array(size).fill(size));
  const expected = (name: string) =>
    JSON.stringify(blobs.map((blob) => ({ name, blob: Buffer.from(blob).toString("base64") })));

  it.each(["plain", "größer 🎉", "@blob@", '\n"@blob@"\\'])("is written as any other beside %j", (name) => {
    const document = writeJson(() => blobs.map((blob) => ({ name, blob: writeBlob(blob) })));
    expect(textOf(document)).toBe(expected(name));
  });

  it("is text where no blob is large", () => {
    expect(writeJson(() => ({ blob: writeBlob(new Uint8Array(3)) }))).toBe('{"blob":"AAAA"}');
  });

  it("can be written again when a value could not be", () => {
    const broken = () => {
      throw new RangeError("no");
    };
    expect(() => writeJson(broken)).toThrow("no");
    expect(writeBlob(new Uint8Array(300))).toBe("A".repeat(400));
  });
});
