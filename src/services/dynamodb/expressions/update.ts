import { setMembers, setOf } from "../values/compare.ts";
import { addNumbers, subtractNumbers } from "../values/decimal.ts";
import { checkLevels } from "../values/validate.ts";
import { type AttributeValue, type Item, invalid } from "../values/value.ts";
import type { Call, Operand, UpdateAction } from "./ast.ts";
import { Draft } from "./draft.ts";
import { valueAt } from "./paths.ts";

/** What AWS says of an operand of another type than the update needs. */
const WRONG_TYPE = "An operand in the update expression has an incorrect data type";
const MISSING = "The provided expression refers to an attribute that does not exist in the item";

/**
 * The item that an update makes of `before`, which is left as it is; `key` is what an item begins with that
 * did not exist. Every operand is read from `before`, in whatever order the actions are written.
 * Faults: ValidationException when the item does not have what the update needs.
 */
export function applyUpdate(
  actions: readonly UpdateAction[],
  key: Item,
  before: Item | undefined,
  wrongType = WRONG_TYPE,
): Item {
  const read = before ?? key;
  const values = actions.map(({ section, value }) =>
    section === "SET" && value ? evaluate(value, read) : undefined,
  );
  const draft = new Draft(read);
  for (const [at, action] of actions.entries()) {
    // A path into an item that does not exist may be removed, though one into an attribute that an item
    // lacks may not.
    if (action.section === "REMOVE" && !before) continue;
    apply(draft, action, values[at], wrongType);
  }
  return draft.finish();
}

function apply(
  draft: Draft,
  { section, path, value }: UpdateAction,
  set: AttributeValue | undefined,
  wrongType: string,
): void {
  const place = draft.place(path);
  if (section === "REMOVE") place.remove();
  else if (section === "SET") {
    if (!set) return;
    checkLevels(set, path.length);
    place.put(set);
  } else if (value?.kind === "value") {
    const existing = place.get();
    const combined = combine(section, existing, value.value);
    if (combined === "mismatch") throw invalid(wrongType);
    if (combined !== "nothing") place.put(combined);
    else if (existing) place.remove();
  }
}

/** What ADD or DELETE makes of an attribute. */
function combine(
  section: "ADD" | "DELETE",
  existing: AttributeValue | undefined,
  given: AttributeValue,
): AttributeValue | "nothing" | "mismatch" {
  if (!existing) return section === "ADD" ? given : "nothing";
  if (section === "ADD" && existing.N !== undefined && given.N !== undefined) {
    return { N: addNumbers(existing.N, given.N) };
  }
  // Only AttributeUpdates may add lists; an ADD in an expression takes numbers and sets.
  if (section === "ADD" && existing.L !== undefined && given.L !== undefined) {
    return { L: [...existing.L, ...given.L] };
  }
  const one = setMembers(existing);
  const other = setMembers(given);
  if (!one || !other || one.type !== other.type) return "mismatch";
  if (section === "ADD")
    return setOf({ type: one.type, members: new Map([...one.members, ...other.members]) });
  const members = new Map([...one.members].filter(([member]) => !other.members.has(member)));
  return members.size > 0 ? setOf({ type: one.type, members }) : "nothing";
}

function evaluate(operand: Operand, item: Item): AttributeValue {
  const value = find(operand, item);
  if (value === undefined) throw invalid(MISSING);
  return value;
}

function find(operand: Operand, item: Item): AttributeValue | undefined {
  if (operand.kind === "value") return operand.value;
  if (operand.kind === "path") return valueAt(item, operand.path);
  return call(operand, item);
}

function call({ name, operands }: Call<Operand>, item: Item): AttributeValue {
  const [first, second] = operands;
  if (!first || !second) throw invalid(MISSING);
  if (name === "if_not_exists") return find(first, item) ?? evaluate(second, item);
  const left = evaluate(first, item);
  const right = evaluate(second, item);
  if (name === "list_append") {
    if (left.L === undefined || right.L === undefined) throw invalid(WRONG_TYPE);
    return { L: [...left.L, ...right.L] };
  }
  if (left.N === undefined || right.N === undefined) throw invalid(WRONG_TYPE);
  return { N: name === "+" ? addNumbers(left.N, right.N) : subtractNumbers(left.N, right.N) };
}
