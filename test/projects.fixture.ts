import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type Finished, nuage, type Started, startPlatform } from "./cli.ts";

/** A user's project in a folder of its own, whose name is the application's. */
export interface UserProject {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(): Promise<void>;
}

/** Writes a project. Scripts, which begin with `#!`, can be run. */
export async function userProject(
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<UserProject> {
  const above = await mkdtemp(join(tmpdir(), "nuage-project-"));
  const folder = join(above, name);
  const write: UserProject["write"] = async (some) => {
    for (const [path, text] of Object.entries(some)) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      if (text.startsWith("#!")) await chmod(file, 0o755);
    }
  };
  await write(files);
  return { folder, write, remove: () => rm(above, { recursive: true, force: true }) };
}

/** A platform of its own that keeps nothing, and the command that talks to it. */
export interface Cloud extends Started {
  run(...args: string[]): Promise<Finished>;
  /** The same, with Ctrl-C once it has printed that. */
  interrupted(printed: RegExp, ...args: string[]): Promise<Finished>;
  /** Runs a function and answers what it answered, as the account's own. */
  invoke(name: string, payload?: unknown, account?: string): Promise<unknown>;
  settings(account?: string): {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    forcePathStyle: true;
  };
}

export async function startCloud(): Promise<Cloud> {
  const platform = await startPlatform(["--ephemeral"]);
  const { endpoint } = platform;
  const settings: Cloud["settings"] = (account = "test") => ({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: account, secretAccessKey: "test" },
    forcePathStyle: true,
  });
  return {
    ...platform,
    settings,
    run: (...args) => nuage(args, { NUAGE_ENDPOINT: endpoint }),
    interrupted: (printed, ...args) => nuage(args, { NUAGE_ENDPOINT: endpoint }, undefined, printed),
    async invoke(name, payload = {}, account = "test") {
      const lambda = new LambdaClient(settings(account));
      const input = { FunctionName: name, Payload: JSON.stringify(payload) };
      const { Payload } = await lambda.send(new InvokeCommand(input));
      lambda.destroy();
      return JSON.parse(Buffer.from(Payload ?? []).toString());
    },
  };
}

/** A template of one function for each entry: its name is the logical id's. */
export function templateOf(functions: Readonly<Record<string, object>>, more: object = {}): string {
  const resources = Object.entries(functions).map(([name, properties]) => [
    name,
    {
      Type: "AWS::Lambda::Function",
      Properties: {
        FunctionName: name.toLowerCase(),
        Runtime: "nodejs22.x",
        Role: "arn:aws:iam::000000000000:role/test",
        ...properties,
      },
    },
  ]);
  return JSON.stringify({ Resources: { ...Object.fromEntries(resources), ...more } }, undefined, 2);
}

/** Whether the machine has such a program. */
export const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
