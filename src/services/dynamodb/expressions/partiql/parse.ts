import { Fault } from "../../../../kernel/faults.ts";
import { checkItem } from "../../values/validate.ts";
import { type AttributeValue, type Item, invalid } from "../../values/value.ts";
import type { Operand, Path, UpdateAction } from "../ast.ts";
import { checkAdded, checkUpdateCalls } from "../operands.ts";
import { checkOverlaps } from "../overlaps.ts";
import { readWhere } from "./conditions.ts";
import { needLiteral, readLiteral, readMap } from "./literals.ts";
import { malformed } from "./malformed.ts";
import { Reader } from "./reader.ts";
import type { Delete, Insert, Order, Returning, Select, Statement, Update } from "./statement.ts";

/*
 * DynamoDB's PartiQL. Keywords are written in any case, and names in double quotes where they are keywords.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
 *
 *   statement = select | insert | update | delete | EXISTS "(" select ")"
 *   select    = SELECT ( "*" | path { "," path } ) FROM table [ "." index ] [ WHERE where ]
 *               [ ORDER BY name [ ASC | DESC ] { "," name [ ASC | DESC ] } ]
 *   insert    = INSERT INTO table VALUE ( map | "?" )
 *   update    = UPDATE table change { change } [ WHERE where ] [ returning ]
 *             | FROM table [ WHERE where ] change { change } [ returning ]
 *   change    = SET set { "," set } | REMOVE path { "," path }
 *   set       = path "=" term [ ( "+" | "-" ) term ]
 *   term      = literal | path | LIST_APPEND "(" term "," term ")"
 *             | SET_ADD "(" path "," literal ")" | SET_DELETE "(" path "," literal ")"
 *   delete    = DELETE FROM table [ WHERE where ] [ returning ]
 *   returning = RETURNING ( ALL | MODIFIED ) ( OLD | NEW ) "*"
 */

/** Parses a statement with its parameters. Faults: ValidationException, worded as AWS does. */
export function parseStatement(text: string, parameters: readonly AttributeValue[] = []): Statement {
  const reader = new Reader(text, parameters);
  const statement = readStatement(reader);
  reader.finish();
  return statement;
}

function readStatement(reader: Reader): Statement {
  if (reader.takeWord("SELECT")) return readSelect(reader);
  if (reader.takeWord("INSERT")) return readInsert(reader);
  if (reader.takeWord("UPDATE")) return readUpdate(reader);
  if (reader.takeWord("DELETE")) return readDelete(reader);
  if (reader.takeWord("FROM")) return readFromFirst(reader);
  if (reader.isWord("EXISTS")) return readExists(reader);
  throw malformed("Expected data manipulation");
}

function readExists(reader: Reader): Statement {
  reader.advance();
  reader.expect("(");
  if (!reader.takeWord("SELECT")) throw reader.unexpectedTerm();
  const select = readSelect(reader);
  reader.expect(")");
  return { kind: "exists", select };
}

function readSelect(reader: Reader): Select {
  const columns = reader.take("*") ? "*" : readColumns(reader);
  if (!reader.takeWord("FROM")) throw malformed("Expected FROM after SELECT list");
  const components = [readComponent(reader, "Unexpected term")];
  while (reader.take(".")) components.push(readComponent(reader, "Unexpected term"));
  if (components.length > 2) throw invalid("A path may contain at most 2 components in the FROM clause");
  checkNotAliased(reader);
  const where = reader.takeWord("WHERE") ? readWhere(reader) : undefined;
  const orderBy = reader.isWord("ORDER") && reader.isWord("BY", 1) ? readOrders(reader) : [];
  const [table = "", index] = components;
  return {
    kind: "select",
    table,
    ...(index !== undefined && { index }),
    columns,
    ...(where && { where }),
    orderBy,
  };
}

function readColumns(reader: Reader): Path[] {
  if (reader.atCall) throw invalid(`Unexpected path component at ${reader.token.place}`);
  return readPaths(reader);
}

function readPaths(reader: Reader): Path[] {
  const paths = [reader.path()];
  while (reader.take(",")) paths.push(reader.path());
  return paths;
}

function readComponent(reader: Reader, detail: string): string {
  const name = reader.takeName();
  if (name === undefined) throw malformed(detail);
  if (name === "") throw invalid("Path component cannot be an empty string");
  return name;
}

function readTable(reader: Reader): string {
  return readComponent(reader, "Expected identifier for simple path");
}

function checkNotAliased(reader: Reader): void {
  if (reader.isWord("AS") || reader.takeName() !== undefined) throw invalid("Aliasing is not supported");
}

function readOrders(reader: Reader): Order[] {
  reader.advance();
  reader.advance();
  const orders: Order[] = [];
  do {
    const name = reader.takeName();
    if (name === undefined) throw reader.unexpectedTerm();
    const descending = reader.takeWord("DESC");
    if (!descending) reader.takeWord("ASC");
    orders.push({ name, descending });
  } while (reader.take(","));
  return orders;
}

function readInsert(reader: Reader): Insert {
  if (!reader.takeWord("INTO")) throw malformed("Expected INTO after INSERT");
  const table = readTable(reader);
  if (!reader.takeWord("VALUE")) throw malformed("Unexpected token after expression");
  return { kind: "insert", table, item: checkItem(readItem(reader)) };
}

function readItem(reader: Reader): Item {
  if (reader.take("{")) return readMap(reader, undefined, 1);
  const value = needLiteral(reader);
  if (value.M) return value.M;
  throw malformed("Expected a tuple in VALUE");
}

function readUpdate(reader: Reader): Update {
  const table = readTable(reader);
  if (!isChange(reader)) checkNotAliased(reader);
  const actions = readChanges(reader);
  const where = reader.takeWord("WHERE") ? readWhere(reader) : undefined;
  const returning = readReturning(reader);
  return { kind: "update", table, actions, ...(where && { where }), ...(returning && { returning }) };
}

function readFromFirst(reader: Reader): Update {
  const table = readTable(reader);
  checkNotAliased(reader);
  const where = reader.takeWord("WHERE") ? readWhere(reader) : undefined;
  const actions = readChanges(reader);
  const returning = readReturning(reader);
  return { kind: "update", table, actions, ...(where && { where }), ...(returning && { returning }) };
}

function readDelete(reader: Reader): Delete {
  if (!reader.takeWord("FROM")) throw malformed("Expected FROM after DELETE");
  const table = readTable(reader);
  checkNotAliased(reader);
  const where = reader.takeWord("WHERE") ? readWhere(reader) : undefined;
  const returning = readReturning(reader);
  if (returning && returning !== "ALL OLD") {
    throw invalid(
      `Invalid returning clause: RETURNING ${returning} *. ` +
        "Only RETURNING ALL OLD * is allowed in DELETE statements.",
    );
  }
  return { kind: "delete", table, ...(where && { where }), ...(returning && { returning }) };
}

function readReturning(reader: Reader): Returning | undefined {
  if (!reader.takeWord("RETURNING")) return undefined;
  const extent = reader.takeWord("ALL") ? "ALL" : reader.takeWord("MODIFIED") ? "MODIFIED" : undefined;
  const age = reader.takeWord("OLD") ? "OLD" : reader.takeWord("NEW") ? "NEW" : undefined;
  if (!extent || !age || !reader.take("*")) throw malformed("Expected ALL or MODIFIED, OLD or NEW, and *");
  return `${extent} ${age}`;
}

function isChange(reader: Reader): boolean {
  return reader.isWord("SET") || reader.isWord("REMOVE");
}

function readChanges(reader: Reader): readonly UpdateAction[] {
  const actions: UpdateAction[] = [];
  if (!isChange(reader)) throw malformed("Expected data manipulation");
  while (isChange(reader)) {
    if (reader.takeWord("REMOVE")) {
      for (const path of readPaths(reader)) actions.push({ section: "REMOVE", path });
    } else {
      reader.advance();
      do actions.push(readSet(reader));
      while (reader.take(","));
    }
  }
  checkOverlaps(
    actions.map(({ path }) => path),
    invalid,
  );
  for (const action of actions) {
    checkAdded(action, invalid);
    if (action.value) checkUpdateCalls(action.value, invalid);
  }
  return actions;
}

function readSet(reader: Reader): UpdateAction {
  const path = reader.path();
  reader.expect("=");
  if (reader.atCall && (reader.isWord("SET_ADD") || reader.isWord("SET_DELETE"))) {
    return readSetChange(reader, path);
  }
  const left = readTerm(reader);
  const name = reader.take("+") ? "+" : reader.take("-") ? "-" : undefined;
  const value: Operand = name ? { kind: "call", name, operands: [left, readTerm(reader)] } : left;
  return { section: "SET", path, value };
}

/** `SET a = set_add(a, <<1>>)` is ADD, and with `set_delete` DELETE. */
function readSetChange(reader: Reader, path: Path): UpdateAction {
  const { text, place } = reader.advance();
  const name = text.toUpperCase();
  reader.expect("(");
  const firstPlace = reader.token.place;
  const operands = readSetOperands(reader);
  if (operands.length !== 2) throw invalid(`${name} must have exactly two arguments at ${place}`);
  const [from, value] = operands;
  const isSame =
    from?.kind === "path" &&
    from.path.length === path.length &&
    from.path.every((step, at) => step === path[at]);
  if (!isSame) throw invalid(`The first argument to ${name} must equal the assignment value at ${place}`);
  const set = value?.kind === "value" ? value.value : undefined;
  if (!value || !(set?.SS ?? set?.NS ?? set?.BS)) {
    throw invalid(`The second argument to ${name} must be a value with type SET at ${firstPlace}`);
  }
  return { section: name === "SET_ADD" ? "ADD" : "DELETE", path, value };
}

function readSetOperands(reader: Reader): Operand[] {
  const operands: Operand[] = [];
  if (reader.take(")")) return operands;
  do {
    const value = readSetOperand(reader);
    operands.push(value ? { kind: "value", value } : { kind: "path", path: reader.path() });
  } while (reader.take(","));
  reader.expect(")");
  return operands;
}

/** What is wrong with a set is said here without where it stands. */
function readSetOperand(reader: Reader): AttributeValue | undefined {
  if (reader.isSymbol("<<") && reader.isSymbol(">>", 1)) throw invalid("Empty bags are not supported");
  try {
    return readLiteral(reader);
  } catch (fault) {
    throw fault instanceof Fault ? invalid(fault.message.replace(/ under root$/, "")) : fault;
  }
}

function readTerm(reader: Reader): Operand {
  const value = readLiteral(reader);
  if (value) return { kind: "value", value };
  if (!reader.atCall) return { kind: "path", path: reader.path() };
  if (!reader.isWord("LIST_APPEND")) throw invalid(`Unsupported function: ${reader.token.text}`);
  reader.advance();
  reader.expect("(");
  reader.enter();
  const first = readTerm(reader);
  reader.expect(",");
  const second = readTerm(reader);
  reader.leave();
  reader.expect(")");
  return { kind: "call", name: "list_append", operands: [first, second] };
}
