// Templates of the Serverless Application Model and what AWS's own transform makes of them, errors included
// (aws/serverless-application-model, tests/translator). Its tests hold lists for equal whatever their order,
// and so is it here.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseTemplate } from "../../src/deploy/parse.ts";
import { transformServerless } from "../../src/deploy/sam/index.ts";
import { newTally, type Suite, type Tally } from "./tally.ts";

const REASONS: Readonly<Record<string, string>> = {
  error_api_with_invalid_open_api_version_type: "JSON has one number for 3, which is refused, and 3.0",
  error_invalid_logical_id: "a number that names a resource is text in JSON",
  translate_convert_metadata: "asks for an option of the transform that CloudFormation does not set",
};

/** What the tests of the transform know of the applications repository. */
const REFUSED = new Set(["no-access", "non-existent", "invalid-semver"]);
const TEMPLATE_URL = "https://awsserverlessrepo-changesets-xxx.s3.amazonaws.com/signed-url";

export const sam: Suite = { folder: "sam", run };

async function run(folder: string): Promise<Tally> {
  const tally = newTally();
  for (const file of (await readdir(join(folder, "input"))).sort()) {
    const name = file.replace(/\.(yaml|json)$/, "");
    const reason = REASONS[name];
    if (reason !== undefined) {
      tally.skips.push({ name, reason });
      continue;
    }
    const input = await readFile(join(folder, "input", file), "utf8");
    const expected = JSON.parse(await readFile(join(folder, "output", `${name}.json`), "utf8"));
    const wanted = name.startsWith("error_") ? expected.errorMessage : canonical(expected);
    const made = outcome(input);
    if (made === wanted) tally.passed++;
    else tally.failures.push(`${name}: ${difference(wanted, made)}`);
  }
  return tally;
}

function outcome(input: string): string {
  try {
    const made = transformServerless(parseTemplate(input), {
      region: "ap-southeast-1",
      partition: "aws",
      parameters: { param1: "value1", param2: "value2" },
      nowMs: 0,
      application: (id) => (REFUSED.has(id) ? undefined : TEMPLATE_URL),
    });
    return canonical(made);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^Transform AWS::Serverless-2016-10-31 failed with: /, "");
  }
}

/** As text, with sorted keys and lists. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}

/** Where two texts begin to differ. */
function difference(wanted: string, made: string): string {
  let at = 0;
  while (at < wanted.length && wanted[at] === made[at]) at++;
  const from = Math.max(0, at - 60);
  return `wanted …${wanted.slice(from, at + 120)}…, made …${made.slice(from, at + 120)}…`;
}
