import { expect, test } from "vitest";
import { tooMuch } from "./quotas.ts";

const objects = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, n) => ({ key: `${n}`, bytes, etag: "" }));

test("an operation reads at most 50,000 objects of 5 GB each", () => {
  const most = 5 * 1024 ** 3;
  expect(tooMuch(objects(50_000, most))).toBeUndefined();
  expect(tooMuch(objects(50_001, 1))).toMatchObject({ code: "InputLimitExceeded" });
  expect(tooMuch(objects(1, most + 1))?.message).toBe("The object 0 is larger than 5 GB.");
});
