import { type SetMembers, setMembers, setOf } from "../values/compare.ts";
import { addNumbers, subtractNumbers } from "../values/decimal.ts";
import { type AttributeValue, type Item, invalid } from "../values/value.ts";
import type { Call, Operand, UpdateAction } from "./ast.ts";
import { Draft, type Place } from "./draft.ts";
import { valueAt } from "./paths.ts";

const WRONG_TYPE = "An operand in the update expression has an incorrect data type";
const MISSING = "The provided expression refers to an attribute that does not exist in the item";

/**
 * The item that an update makes of `before`, which is left as it is; `key` is what an item begins with that
 * did not exist. Every operand is read from `before`, in whatever order the actions are written.
 * Faults: ValidationException when the item does not have what the update needs.
 */
export function applyUpdate(actions: readonly UpdateAction[], key: Item, before: Item | undefined): Item {
  const read = before ?? key;
  const values = actions.map(({ section, value }) =>
    section === "SET" && value ? evaluate(value, read) : undefined,
  );
  const draft = new Draft(read);
  for (const [at, action] of actions.entries()) {
    // A path into an item that does not exist may be removed, though one into an attribute that an item
    // lacks may not.
    if (action.section === "REMOVE" && !before) continue;
    apply(draft, action, values[at]);
  }
  return draft.finish();
}

function apply(draft: Draft, { section, path, value }: UpdateAction, set: AttributeValue | undefined): void {
  const place = draft.place(path);
  if (section === "REMOVE") place.remove();
  else if (section === "SET") {
    if (set) place.put(set);
  } else if (value?.kind === "value") combine(place, section, value.value);
}

/** ADD or DELETE. */
function combine(place: Place, section: "ADD" | "DELETE", given: AttributeValue): void {
  const existing = place.get();
  if (section === "ADD") {
    place.put(added(existing, given));
    return;
  }
  if (!existing) return;
  const rest = without(existing, given);
  if (rest) place.put(rest);
  else place.remove();
}

/** A number plus another, or a set and more members. */
function added(existing: AttributeValue | undefined, more: AttributeValue): AttributeValue {
  if (!existing) return more;
  if (existing.N !== undefined && more.N !== undefined) return { N: addNumbers(existing.N, more.N) };
  const { one, other } = sameSets(existing, more);
  return setOf({ type: one.type, members: new Map([...one.members, ...other.members]) });
}

/** A set without some members; nothing when none is left. */
function without(existing: AttributeValue, less: AttributeValue): AttributeValue | undefined {
  const { one, other } = sameSets(existing, less);
  const members = new Map([...one.members].filter(([member]) => !other.members.has(member)));
  return members.size > 0 ? setOf({ type: one.type, members }) : undefined;
}

function sameSets(
  existing: AttributeValue,
  given: AttributeValue,
): { readonly one: SetMembers; readonly other: SetMembers } {
  const one = setMembers(existing);
  const other = setMembers(given);
  if (!one || !other || one.type !== other.type) throw invalid(WRONG_TYPE);
  return { one, other };
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
