import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameGauge } from "./frame-gauge.ts";

/** A client's frame, masked with zeros. */
function frame(length: number): Buffer {
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2);
  else if (length >= 126) head.writeUInt16BE(length, 2);
  return Buffer.concat([head, Buffer.alloc(4), Buffer.alloc(length, 0xff)]);
}

test("the longest frame is found however the bytes arrive", () => {
  const lengths = fc.array(fc.constantFrom(0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000), {
    minLength: 1,
  });
  fc.assert(
    fc.property(lengths, fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1 }), (sizes, cuts) => {
      const bytes = Buffer.concat(sizes.map(frame));
      const gauge = new FrameGauge();
      let longest = 0;
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const end = at + (cuts[turn % cuts.length] ?? 1);
        longest = Math.max(longest, gauge.longest(bytes.subarray(at, end)));
        at = end;
      }
      expect(longest).toBe(Math.max(...sizes));
    }),
    { numRuns: 60 },
  );
});
