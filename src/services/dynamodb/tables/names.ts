import { formatArn } from "../../../kernel/arn.ts";
import type { Scope } from "../../../kernel/scope.ts";
import { invalid } from "../values/value.ts";

export interface TableAddress {
  readonly scope: Scope;
  readonly name: string;
}

const LEAST_LENGTH = 3;
const ARN = /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]+)$/;

export function tableArn(scope: Scope, name: string): string {
  return formatArn("dynamodb", scope, `table/${name}`);
}

/** Where a `TableName` points: it may be a name, or an ARN. The protocol has checked names. */
export function parseTableName(tableName: string, scope: Scope): TableAddress {
  if (!tableName.startsWith("arn:")) return { scope, name: tableName };
  const address = parseTableArn(tableName);
  if (!address) throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${tableName}`);
  return address;
}

export function parseTableArn(arn: string): TableAddress | undefined {
  const [, region = "", account = "", name = ""] = ARN.exec(arn) ?? [];
  return name.length >= LEAST_LENGTH ? { scope: { account, region }, name } : undefined;
}
