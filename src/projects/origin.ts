import { userInfo } from "node:os";
import type { Commit } from "./deployments.ts";
import { runTool } from "./tools.ts";

/** Who works here. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers run under numbers that nobody has a name for.
    return "unknown";
  }
}

/** What Git says of a folder; undefined where it says nothing. */
export async function commitOf(folder: string): Promise<Commit | undefined> {
  const git = (...args: string[]) => runTool({ file: "git", args, folder, missing: "There is no git." });
  try {
    const [id, branch, changes] = await Promise.all([
      git("rev-parse", "HEAD"),
      git("branch", "--show-current"),
      git("status", "--porcelain", "--untracked-files=no", "."),
    ]);
    const name = branch.trim();
    return { id: id.trim(), ...(name === "" ? {} : { branch: name }), isDirty: changes.trim() !== "" };
  } catch {
    return undefined;
  }
}
