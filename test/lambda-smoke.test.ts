import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { startNuage } from "nuage/testing";
import { expect, test } from "vitest";
import { createFunction } from "./functions.fixture.ts";
import { linesOf } from "./views.ts";

test("a function answers, and what it printed is in the log", async () => {
  await using nuage = await startNuage();
  const lambda = nuage.client(LambdaClient);
  await createFunction(
    lambda,
    "hello",
    `export async function handler({ who }) {
      console.log("asked by", who);
      return "hello " + who;
    }`,
  );
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: "hello", Payload: JSON.stringify({ who: "you" }), LogType: "Tail" }),
  );
  expect(answer.Payload?.transformToString()).toBe('"hello you"');
  expect(Buffer.from(answer.LogResult ?? "", "base64").toString()).toContain("asked by you");
  const lines = (await linesOf(nuage.endpoint, "hello")).map((line) => line.message);
  expect(lines.some((line) => line.startsWith("REPORT RequestId: "))).toBe(true);
});
