import { expect, it } from "vitest";
import { accountFor } from "./environments.ts";

it("has an account for every name, the same one always", () => {
  expect(accountFor("staging")).toBe("533650549676");
  expect(accountFor("production")).toBe("875983879657");
  const accounts = Array.from({ length: 2000 }, (_, index) => accountFor(`env-${index}`));
  expect(new Set(accounts).size).toBe(2000);
  for (const account of accounts) expect(account).toMatch(/^\d{12}$/);
});
