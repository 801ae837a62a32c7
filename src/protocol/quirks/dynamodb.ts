import { Fault } from "../../kernel/faults.ts";

// Where DynamoDB departs from its model. Nothing else in protocol/ knows DynamoDB.

const MOST_NAME_LENGTH = 255;
const NAME = /^[a-zA-Z0-9_.-]+$/;
/** A new table's name must be longer than that of one that is merely looked for. */
const LEAST_LENGTHS: Readonly<Record<string, number>> = { CreateTable: 3 };

/** These miss their table in words of their own, those on items in the usual ones. */
const ON_TABLES = new Set(["CreateTable", "DeleteTable", "DescribeTable", "UpdateTable"]);

/**
 * DynamoDB looks at the table's name first, and says nothing of what else is wrong with the request; its
 * model calls the name an ARN. Batches miss their tables in words of their own.
 */
export function checkDynamodbInput(operation: string, input: Readonly<Record<string, unknown>>): void {
  if (operation === "BatchGetItem" || operation === "BatchWriteItem") {
    const items = input.RequestItems;
    if (typeof items === "object" && items !== null && Object.keys(items).length > 0) return;
    throw invalid(`The requestItems parameter is required for ${operation}`);
  }
  const name = input.TableName;
  if (typeof name !== "string") {
    if (ON_TABLES.has(operation)) throw missing("TableName");
    return;
  }
  if (NAME.test(name) && name.length <= MOST_NAME_LENGTH && name.length >= (LEAST_LENGTHS[operation] ?? 1)) {
    return;
  }
  if (!name.startsWith("arn:")) throw wrongName(operation, name);
}

function wrongName(operation: string, name: string): Fault {
  const rules: string[] = [];
  const least = LEAST_LENGTHS[operation] ?? 1;
  if (!NAME.test(name) && name !== "") {
    rules.push("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  }
  if (name.length < least) rules.push(`Member must have length greater than or equal to ${least}`);
  if (name.length > MOST_NAME_LENGTH) {
    rules.push(`Member must have length less than or equal to ${MOST_NAME_LENGTH}`);
  }
  const list = rules.map((rule) => `Value '${name}' at 'tableName' failed to satisfy constraint: ${rule}`);
  return invalid(
    `${rules.length} validation error${rules.length === 1 ? "" : "s"} detected: ${list.join("; ")}`,
  );
}

function missing(member: string): Fault {
  return invalid(`The parameter '${member}' is required but was not present in the request`);
}

function invalid(message: string): Fault {
  return new Fault("ValidationException", message);
}
