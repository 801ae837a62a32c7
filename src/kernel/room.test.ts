import { expect, test } from "vitest";
import { Room } from "./room.ts";

const MIB = 1024 * 1024;

function roomWith(freeBytes: number) {
  const disk = { freeBytes, nowMs: 0 };
  const warnings: string[] = [];
  const warn = (sentence: string) => void warnings.push(sentence);
  return {
    disk,
    warnings,
    room: new Room({ folder: "/data", warn, freeBytes: () => disk.freeBytes, nowMs: () => disk.nowMs }),
  };
}

test("what would leave less than is kept free is refused, small writes last", () => {
  const { disk, room } = roomWith(100 * MIB);
  room.take(80 * MIB);
  Object.assign(disk, { freeBytes: 20 * MIB, nowMs: 100 });
  room.take(4 * MIB);
  Object.assign(disk, { freeBytes: 16 * MIB, nowMs: 200 });
  expect(() => room.take(MIB)).toThrow("The disk of /data is full: 16 MiB are left.");
  room.take(1000);
  Object.assign(disk, { freeBytes: 4 * MIB, nowMs: 300 });
  expect(() => room.take(1000)).toThrow(expect.objectContaining({ code: "InternalFailure", status: 500 }));
});

test("many writes between two looks do not go past it together", () => {
  const { disk, room } = roomWith(20 * MIB);
  for (let at = 0; at < 4; at++) {
    room.take(MIB);
    disk.freeBytes -= MIB;
  }
  expect(() => room.take(MIB)).toThrow("is full");
});

test("it is told once that the disk is full, and once that there is room again", () => {
  const { disk, room, warnings } = roomWith(10 * MIB);
  for (let at = 0; at < 3; at++) expect(() => room.take(MIB)).toThrow();
  disk.freeBytes = 50 * MIB;
  for (let at = 0; at < 3; at++) room.take(MIB);
  expect(warnings).toEqual([
    "The disk of /data is full: 10 MiB are left. Writes are refused until there is room.",
    "There is room again on the disk of /data.",
  ]);
});
