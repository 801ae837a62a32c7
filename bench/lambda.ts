// What invoking a function through the Invoke API costs, beside a bare Node HTTP server that answers each
// request with one round trip over a pipe to a child process. A child takes one request at a time, as an
// execution environment does, so as many children stand ready as there are callers. Both sides have been
// under the same load for some seconds before they are measured, with all environments started:
//
//   npm run build && tsx bench/lambda.ts
//
// prints one JSON line a figure.
import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import { startFloor } from "./floor.ts";
import { type LoadOptions, type LoadResult, load } from "./load.ts";
import { middle, print, signedFor, startPlatform } from "./platform.ts";

const ROUNDS = 3;
const CALLERS = 16;
const WARM_UP_SECONDS = 6;

async function alternate(ours: LoadOptions, floor: LoadOptions) {
  await load({ ...floor, seconds: WARM_UP_SECONDS });
  await load({ ...ours, seconds: WARM_UP_SECONDS });
  const results: { ours: LoadResult[]; floor: LoadResult[] } = { ours: [], floor: [] };
  for (let round = 0; round < ROUNDS; round++) {
    results.floor.push(await load(floor));
    results.ours.push(await load(ours));
  }
  const errors = results.ours.reduce((sum, result) => sum + result.errors, 0);
  if (errors > 0) throw new Error(`${errors} invocations failed`);
  return results;
}

const platform = await startPlatform();
const lambda = new LambdaClient({
  endpoint: platform.url,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
await lambda.send(
  new CreateFunctionCommand({
    FunctionName: "empty",
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: "arn:aws:iam::000000000000:role/bench",
    Code: { ZipFile: zipSync({ "index.mjs": strToU8("export const handler = async () => {};") }) },
  }),
);
lambda.destroy();

const request = {
  method: "POST",
  headers: { ...signedFor("lambda"), "content-type": "application/octet-stream" },
  body: "{}",
  seconds: 2,
  warmUpSeconds: 1,
};
const ours = { ...request, url: `${platform.url}/2015-03-31/functions/empty/invocations` };

const single = await startFloor({ pipe: 1 });
const one = await alternate({ ...ours, connections: 1 }, { ...request, url: single.url, connections: 1 });
await single.stop();
const p50 = (results: LoadResult[]) => middle(results.map((result) => result.p50Ms));
print("lambda warm invoke, one caller, median", "ms", p50(one.ours), p50(one.floor));

const several = await startFloor({ pipe: CALLERS });
const many = await alternate(
  { ...ours, connections: CALLERS },
  { ...request, url: several.url, connections: CALLERS },
);
await several.stop();
const rps = (results: LoadResult[]) => middle(results.map((result) => result.rps));
print(`lambda warm invokes, ${CALLERS} callers`, "1/s", rps(many.ours), rps(many.floor));
await platform.stop();
