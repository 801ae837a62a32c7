import { expect, test } from "vitest";
import { accessKeyFor, accountInAccessKey } from "./access-keys.ts";

test("reads the account out of an access key as AWS writes it", () => {
  // A published example of AWS's own encoding.
  expect(accountInAccessKey("ASIAQNZGKIQY56JQ7WML")).toBe("029608264753");
});

test.each(["000000000000", "000000000001", "123456789012", "999999999999"])(
  "an issued key for %s carries the account",
  (account) => {
    const key = accessKeyFor(account, "ASIA", "ABCDEFGH7JKLMNOP");
    expect(key).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(accountInAccessKey(key)).toBe(account);
  },
);

test.each(["test", "AKIA", "AKIA0000000000000000", "123456789012"])("%s names no account", (key) => {
  expect(accountInAccessKey(key)).toBeUndefined();
});
