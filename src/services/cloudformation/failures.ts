import { TemplateError } from "../../deploy/template-error.ts";
import type { Background } from "../define.ts";
import { HalfMade } from "../resource-types.ts";
import { UNSTABLE } from "./faults.ts";

/** Why the work on a resource ends when another one of its stack has failed. */
export const CANCELLED = "another resource has failed";

/** Why a resource failed, as its events say it. */
export function reasonOf(world: Pick<Background, "log" | "signal">, error: unknown): string {
  if (error instanceof HalfMade) return reasonOf(world, error.cause);
  if (error === CANCELLED) return "Resource creation cancelled";
  if (error instanceof TemplateError) return error.message;
  if (error instanceof Error && "code" in error && "status" in error) {
    return error.name === UNSTABLE
      ? error.message
      : `Resource handler returned message: "${error.message}" (${error.name})`;
  }
  if (world.signal.aborted) return "What was done has been broken off.";
  world.log.error("a resource of a stack failed for a reason that nobody foresaw", { error });
  return "Internal Failure";
}
