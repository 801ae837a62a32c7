import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import { invalid } from "./faults.ts";

/** Where a log group lies, and what it is called. */
export interface GroupName extends Scope {
  readonly name: string;
}

/** `arn:aws:logs:<region>:<account>:log-group:<name>`, as tags and newer operations have it. */
export const groupArn = ({ name, ...scope }: GroupName): string =>
  formatArn("logs", scope, `log-group:${name}`);

/** As policies and older operations have it: all that is in the group. */
export const contentsArn = (group: GroupName): string => `${groupArn(group)}:*`;

export const streamArn = (group: GroupName, stream: string): string =>
  `${groupArn(group)}:log-stream:${stream}`;

export const destinationArn = ({ name, ...scope }: GroupName): string =>
  formatArn("logs", scope, `destination:${name}`);

/** The group that an ARN names, with or without `:*` at its end; undefined for another resource's. */
export function groupOfArn(text: string): GroupName | undefined {
  const arn = parseArn(text);
  const name = arn?.service === "logs" ? /^log-group:([^:]+)(?::\*)?$/.exec(arn.resource)?.[1] : undefined;
  return arn && name !== undefined ? { account: arn.account, region: arn.region, name } : undefined;
}

interface Named {
  readonly logGroupName?: string | undefined;
  readonly logGroupIdentifier?: string | undefined;
}

/** The group that a request names, by its name or an identifier: exactly one of them. */
export function namedGroup(scope: Scope, { logGroupName, logGroupIdentifier }: Named): GroupName {
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw invalid("LogGroupName and LogGroupIdentifier cannot both be specified.");
  }
  const identifier = logGroupName ?? logGroupIdentifier;
  if (identifier === undefined) throw invalid("Either LogGroupName or LogGroupIdentifier must be specified.");
  return identifiedGroup(scope, identifier);
}

/** The group that a name or an ARN stands for. */
export function identifiedGroup(scope: Scope, identifier: string): GroupName {
  const { account, region } = scope;
  if (!identifier.startsWith("arn:")) return { account, region, name: identifier };
  const group = groupOfArn(identifier);
  if (group?.region !== region) throw invalid(`Invalid log group identifier: ${identifier}`);
  return group;
}
