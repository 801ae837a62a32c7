import type { Scope } from "../../../kernel/scope.ts";
import { invalid } from "../values/value.ts";

const ARN = /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]+)\/stream\/([0-9T:.-]+)$/;

/** What a stream's ARN names. Faults: ValidationException. */
export function parseStreamArn(arn: string): { scope: Scope; table: string; label: string } {
  const match = ARN.exec(arn);
  if (!match) throw invalid(`Invalid StreamArn: ${arn}`);
  const [, region = "", account = "", table = "", label = ""] = match;
  return { scope: { account, region }, table, label };
}
