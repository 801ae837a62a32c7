import type { Place } from "./clients.ts";
import { type Project, type StackSource, templateStack } from "./project.ts";

/** The stacks of a project, those first that others need. */
export async function stacksOf(
  project: Project,
  _place: Place,
  stack: string | undefined,
): Promise<StackSource[]> {
  return [await templateStack(project, stack)];
}
