import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";

export interface PipeName extends Scope {
  readonly name: string;
}

export function pipeArn(pipe: PipeName): string {
  return formatArn("pipes", pipe, `pipe/${pipe.name}`);
}

export function parsePipeArn(text: string): PipeName | undefined {
  const { service, account = "", region = "", resource = "" } = parseArn(text) ?? {};
  const [, name] = /^pipe\/([\w.-]+)$/.exec(resource) ?? [];
  return service === "pipes" && name !== undefined ? { account, region, name } : undefined;
}
