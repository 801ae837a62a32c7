import { expect, test } from "vitest";
import { priceOf } from "../../../cost/prices.ts";
import type { Usage } from "../../../kernel/telemetry.ts";
import { billConnection, billMessage } from "./billing.ts";

test("messages are billed by 32 KB, connections by the minute", () => {
  const noted: Usage[] = [];
  const world = {
    recorder: { span() {}, log() {}, usage: (one: Usage) => noted.push(one) },
    clock: { now: () => 150_000 },
  } as never;
  const of = { account: "000000000000", region: "us-east-1", apiId: "a1", connectedMs: 0 };
  billMessage(world, of, 0);
  billMessage(world, of, 32 * 1024);
  billMessage(world, of, 32 * 1024 + 1);
  billConnection(world, of);
  expect(noted.map(({ quantity }) => quantity)).toEqual([1, 1, 2, 3]);
  expect(noted[0]?.resource).toBe("arn:aws:apigateway:us-east-1::/apis/a1");
  expect(noted.map(({ unit }) => priceOf(unit)?.usd)).toEqual([1, 1, 1, 0.25]);
  expect(priceOf("apigateway:HttpApiRequest")?.usd).toBe(1);
});
