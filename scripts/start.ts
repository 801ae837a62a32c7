// `npm start`: builds what must be built, runs the platform in the foreground with the example deployed, and
// says what to try next. Options after `--` go to `nuage start`. Ctrl-C reaches the platform by itself, which
// stops and ends this too.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { deploy } from "../examples/thumbnails/deploy.mjs";
import type { Health } from "../src/cli/client.ts";

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const BUILD = fileURLToPath(new URL("build.mjs", import.meta.url));
const DEFAULT_ENDPOINT = "http://localhost:4566";

// The SDK's advice on Node versions, given once more by each process, would hide what to try.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const build = spawnSync(process.execPath, [BUILD], { stdio: "inherit" });
if (build.status !== 0) process.exit(1);

const platform = spawn(process.execPath, [CLI, "start", ...process.argv.slice(2)], {
  stdio: ["inherit", "pipe", "inherit"],
});
// A terminal sends Ctrl-C to every process of the foreground; a supervisor sends SIGTERM to this one alone.
let stopping = false;
process.on("SIGINT", () => {
  stopping = true;
});
process.on("SIGTERM", () => {
  stopping = true;
  platform.kill("SIGTERM");
});

let failed = false;
createInterface({ input: platform.stdout }).on("line", (line) => {
  console.log(line);
  const endpoint = /ready on (http:\S+)/.exec(line)?.[1];
  if (endpoint) void welcome(endpoint);
});
const [status] = await once(platform, "close");
process.exitCode = failed ? 1 : (status ?? 1);

async function welcome(endpoint: string): Promise<void> {
  try {
    const response = await fetch(`${endpoint}/_nuage/health`);
    const { account, region } = (await response.json()) as Health;
    await deploy({ endpoint, account, region });
    console.log(invitation(endpoint));
  } catch (error) {
    if (stopping) return;
    failed = true;
    console.error(`The example could not be deployed: ${error instanceof Error ? error.message : error}`);
    platform.kill("SIGTERM");
  }
}

function invitation(endpoint: string): string {
  const option = endpoint === DEFAULT_ENDPOINT ? "" : ` --port ${new URL(endpoint).port}`;
  return `
A photograph put into the bucket "photos" becomes a thumbnail in "thumbnails". Try it in a second terminal:

  npx nuage aws s3 cp examples/thumbnails/photo.jpg s3://photos/${option}
  npx nuage aws s3 ls s3://thumbnails/${option}
  npx nuage trace${option}
  npx nuage logs -f${option}

The AWS CLI does as well: aws --endpoint-url ${endpoint} s3 ls
`;
}
