import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";

/** The group that every account has, and that nobody deletes. */
export const DEFAULT_GROUP = "default";

export interface GroupName extends Scope {
  readonly group: string;
}

export interface ScheduleName extends GroupName {
  readonly name: string;
}

export function groupArn(name: GroupName): string {
  return formatArn("scheduler", name, `schedule-group/${name.group}`);
}

export function scheduleArn(name: ScheduleName): string {
  return formatArn("scheduler", name, `schedule/${name.group}/${name.name}`);
}

export function parseGroupArn(text: string): GroupName | undefined {
  const { service, account = "", region = "", resource = "" } = parseArn(text) ?? {};
  const [, group] = /^schedule-group\/([\w.-]+)$/.exec(resource) ?? [];
  return service === "scheduler" && group !== undefined ? { account, region, group } : undefined;
}
