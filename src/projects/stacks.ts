import { cdkStacks } from "./cdk.ts";
import type { Place } from "./clients.ts";
import { type Project, type StackSource, templateStack } from "./project.ts";
import { serverlessStack } from "./serverless.ts";

/** The stacks of a project, those first that others need. `stack`: its name, or the only one wanted. */
export async function stacksOf(
  project: Project,
  place: Place,
  stack: string | undefined,
): Promise<StackSource[]> {
  if (project.framework === "cdk") return cdkStacks(project, place, stack);
  if (project.framework === "serverless") return [await serverlessStack(project, place, stack)];
  return [await templateStack(project, stack)];
}
