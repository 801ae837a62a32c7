// What invoking a function through the Invoke API costs, beside a bare Node HTTP server that answers each
// request with one round trip over a pipe to a child process:
//
//   npm run build && tsx bench/lambda.ts
//
// prints one JSON line a figure.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { startNuage } from "nuage/testing";
import { type LoadOptions, type LoadResult, load } from "./load.ts";

const ROUNDS = 3;

/** A child that answers every line it is sent, and an HTTP server that asks it for every request. */
async function startPipeFloor() {
  const child = spawn(
    process.execPath,
    ["-e", 'process.stdin.on("data", (bytes) => process.stdout.write(bytes))'],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const waiting: ((answer: string) => void)[] = [];
  let rest = "";
  child.stdout.on("data", (bytes) => {
    rest += bytes;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n")) {
      waiting.shift()?.(rest.slice(0, end));
      rest = rest.slice(end + 1);
    }
  });
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => {
      body += bytes;
    });
    request.on("end", () => {
      waiting.push((answer) => response.end(answer));
      child.stdin.write(`${body}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      server.closeAllConnections();
      server.close();
      child.kill();
    },
  };
}

const middle = (values: number[]) =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function alternate(ours: LoadOptions, floor: LoadOptions) {
  const results: { ours: LoadResult[]; floor: LoadResult[] } = { ours: [], floor: [] };
  for (let round = 0; round < ROUNDS; round++) {
    results.floor.push(await load(floor));
    results.ours.push(await load(ours));
  }
  const errors = results.ours.reduce((sum, result) => sum + result.errors, 0);
  if (errors) console.log(JSON.stringify({ errors }));
  return results;
}

const print = (name: string, unit: string, value: number, floor: number) =>
  console.log(JSON.stringify({ name, value, unit, floor, ratio: Math.round((value / floor) * 100) / 100 }));

const nuage = await startNuage();
const lambda = nuage.client(LambdaClient);
await lambda.send(
  new CreateFunctionCommand({
    FunctionName: "empty",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/bench",
    Code: { ZipFile: zipSync({ "index.mjs": strToU8("export const handler = async () => {};") }) },
  }),
);
const floor = await startPipeFloor();
const request = {
  method: "POST",
  headers: {
    "content-type": "application/octet-stream",
    authorization:
      "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/lambda/aws4_request, " +
      `SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
    "x-amz-date": "20261123T000000Z",
  },
  body: "{}",
  seconds: 2,
  warmUpSeconds: 1,
};
const ours = { ...request, url: `${nuage.endpoint}/2015-03-31/functions/empty/invocations` };
const bare = { ...request, url: `${floor.url}/` };

const one = await alternate({ ...ours, connections: 1 }, { ...bare, connections: 1 });
const p50 = (results: LoadResult[]) => middle(results.map((result) => result.p50Ms));
print("lambda warm invoke, one caller, median", "ms", p50(one.ours), p50(one.floor));
const many = await alternate({ ...ours, connections: 16 }, { ...bare, connections: 16 });
const rps = (results: LoadResult[]) => middle(results.map((result) => result.rps));
print("lambda warm invokes, 16 callers", "1/s", rps(many.ours), rps(many.floor));

floor.stop();
await nuage.stop();
