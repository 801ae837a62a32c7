import { formatArn } from "../../../kernel/arn.ts";
import type { Scope } from "../../../kernel/scope.ts";
import { invalid } from "../values/value.ts";

export interface TableAddress {
  readonly scope: Scope;
  readonly name: string;
}

const LEAST_LENGTH = 3;
const MOST_LENGTH = 255;
const NAME = /^[a-zA-Z0-9_.-]+$/;
const ARN = /^arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):(\d{12}):table\/([a-zA-Z0-9_.-]+)$/;

export function tableArn(scope: Scope, name: string): string {
  return formatArn("dynamodb", scope, `table/${name}`);
}

/** Where a `TableName` points: it may be a name, or an ARN. Faults: ValidationException. */
export function parseTableName(tableName: string, scope: Scope): TableAddress {
  if (!tableName.startsWith("arn:")) {
    checkTableName(tableName);
    return { scope, name: tableName };
  }
  const address = parseTableArn(tableName);
  if (!address) throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${tableName}`);
  return address;
}

export function parseTableArn(arn: string): TableAddress | undefined {
  const [, region = "", account = "", name = ""] = ARN.exec(arn) ?? [];
  return name.length >= LEAST_LENGTH ? { scope: { account, region }, name } : undefined;
}

/** Faults: ValidationException, as AWS words it for the member `TableName`. */
export function checkTableName(name: string): void {
  if (name.length < LEAST_LENGTH || name.length > MOST_LENGTH) {
    throw invalid(
      `TableName must be at least ${LEAST_LENGTH} characters long and at most ${MOST_LENGTH} characters long`,
    );
  }
  if (!NAME.test(name)) {
    throw invalid(
      `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: ` +
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    );
  }
}
