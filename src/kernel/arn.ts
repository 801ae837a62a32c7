import { PARTITION, type Scope } from "./scope.ts";

/** The six parts of an Amazon Resource Name; `resource` keeps everything after the fifth colon. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** `arn:aws:<service>:<region>:<account>:<resource>`; global services pass empty region or account. */
export function formatArn(service: string, scope: Partial<Scope>, resource: string): string {
  return `arn:${PARTITION}:${service}:${scope.region ?? ""}:${scope.account ?? ""}:${resource}`;
}

/** The parts of an ARN, or undefined when `text` is not one. */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/s.exec(text);
  if (!match) return undefined;
  const [, partition = "", service = "", region = "", account = "", resource = ""] = match;
  return { partition, service, region, account, resource };
}
