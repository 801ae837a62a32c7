import { expect, it } from "vitest";
import { ResponseQueue } from "./response-queue.ts";

const MEBIBYTE = 1024 * 1024;

it("leaves no faster than 2 MB a second after the first 6 MB, where it keeps AWS's pace", async () => {
  const sleptMs: number[] = [];
  const queue = new ResponseQueue({ sleep: async (durationMs) => void sleptMs.push(durationMs) });
  for (let index = 0; index < 8; index++) void queue.write(new Uint8Array(MEBIBYTE));
  queue.end();
  let sizeBytes = 0;
  for await (const chunk of queue) sizeBytes += chunk.length;
  expect(sizeBytes).toBe(8 * MEBIBYTE);
  expect(sleptMs).toEqual([500, 500]);
});

it("holds its writer until what was written is read, and nobody once the reader is gone", async () => {
  const queue = new ResponseQueue();
  let taken = 0;
  const write = () => void queue.write(new Uint8Array(1)).then(() => taken++);
  write();
  write();
  const reader = queue[Symbol.asyncIterator]();
  await reader.next();
  expect(taken).toBe(0);
  await reader.next();
  expect(taken).toBe(1);
  write();
  await reader.return(undefined);
  await queue.write(new Uint8Array(1));
  expect(taken).toBe(3);
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});
