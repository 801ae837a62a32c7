import { expect, test } from "vitest";
import { formatArn, parseArn } from "./arn.ts";
import { createIds } from "./ids.ts";
import { Lifecycle } from "./lifecycle.ts";
import { accountOf } from "./scope.ts";

test("an ARN's resource keeps its colons", () => {
  const text = formatArn("lambda", { region: "eu-west-1", account: "123456789012" }, "function:thumbs:7");
  expect(text).toBe("arn:aws:lambda:eu-west-1:123456789012:function:thumbs:7");
  expect(parseArn(text)).toEqual({
    partition: "aws",
    service: "lambda",
    region: "eu-west-1",
    account: "123456789012",
    resource: "function:thumbs:7",
  });
  expect(parseArn("arn:aws:s3:::photos")?.resource).toBe("photos");
  expect(parseArn("photos")).toBeUndefined();
});

test("a key of twelve digits is the account itself", () => {
  expect(accountOf("123456789012", "000000000000")).toBe("123456789012");
  expect(accountOf("test", "000000000000")).toBe("000000000000");
  expect(accountOf(undefined, "000000000000")).toBe("000000000000");
});

test("ids have their forms and do not repeat", () => {
  const ids = createIds();
  const uuids = new Set(Array.from({ length: 5000 }, () => ids.uuid()));
  expect(uuids.size).toBe(5000);
  expect(ids.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids.hex(17)).toMatch(/^[0-9a-f]{17}$/);
  expect(ids.base32(16)).toMatch(/^[A-Z2-7]{16}$/);
  const fraction = ids.fraction();
  expect(fraction >= 0 && fraction < 1).toBe(true);
});

test("a lifecycle settles when the last work ends, and closes in reverse order once", async () => {
  const lifecycle = new Lifecycle();
  const endFirst = lifecycle.begin();
  const endSecond = lifecycle.begin();
  let settled = false;
  const waiting = lifecycle.settled().then(() => {
    settled = true;
  });
  endFirst();
  endFirst();
  await Promise.resolve();
  expect(settled).toBe(false);
  endSecond();
  await waiting;

  const closed: string[] = [];
  const failed: string[] = [];
  lifecycle.onClose("store", () => void closed.push("store"));
  lifecycle.onClose("compute", () => Promise.reject(new Error("stuck")));
  lifecycle.onClose("gateway", () => void closed.push("gateway"));
  await Promise.all([lifecycle.close((name) => failed.push(name)), lifecycle.close(() => {})]);
  expect(closed).toEqual(["gateway", "store"]);
  expect(failed).toEqual(["compute"]);
  expect(lifecycle.signal.aborted).toBe(true);
});
