import { isMap, type Json, type JsonMap } from "./parse.ts";

/**
 * A value of which only those branches of `Fn::If` are left that the conditions choose: what the others name
 * need not be there. One that is not well formed stays, for whoever evaluates it to refuse.
 */
function chosen(value: Json, conditions: ReadonlyMap<string, boolean>): Json {
  if (Array.isArray(value)) return value.map((item: Json) => chosen(item, conditions));
  if (!isMap(value)) return value;
  const { "Fn::If": branches, ...others } = value;
  if (Array.isArray(branches) && branches.length === 3 && Object.keys(others).length === 0) {
    const [condition, yes, no] = branches as [Json, Json, Json];
    const truth = typeof condition === "string" ? conditions.get(condition) : undefined;
    if (truth !== undefined) return chosen(truth ? yes : no, conditions);
  }
  return chosenOf(value, conditions);
}

export function chosenOf(members: JsonMap, conditions: ReadonlyMap<string, boolean>): JsonMap {
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [name, chosen(member, conditions)]),
  );
}
