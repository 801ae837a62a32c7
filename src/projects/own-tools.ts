import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../kernel/faults.ts";
import type { Place } from "./clients.ts";
import type { Project } from "./project.ts";
import type { Tool } from "./tools.ts";

/**
 * A CLI that is installed in the project, or in the workspace that it is part of; it meets the platform where
 * it looks for AWS.
 */
export function toolOf(
  names: readonly string[],
  { root }: Project,
  { endpoint, region, credentials }: Place,
  { missing }: { missing: string },
): Omit<Tool, "args"> {
  for (let at = root; ; at = dirname(at)) {
    const file = names.map((name) => join(at, "node_modules", ".bin", name)).find((each) => existsSync(each));
    if (file !== undefined) {
      const environment = {
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      };
      return { file, folder: root, environment, missing };
    }
    if (at === dirname(at)) throw new UserError(missing);
  }
}
