import type { Branch, Condition } from "./compile.ts";
import { entryOf, type Fields, fieldsOf, type Values } from "./fields.ts";
import { matchesBranch } from "./match.ts";
import { type Pattern, prefixesOf } from "./pattern.ts";
import type { Leaf } from "./tests.ts";

/**
 * Many patterns, matched in one go: an event is taken apart once, and only those patterns are looked at that
 * ask for one of its values by name (decisions/0007-event-patterns.md).
 */
export class PatternIndex<Id> {
  readonly #members = new Map<Id, readonly Member<Id>[]>();
  /** How many conditions look at a path, or lead through it. */
  readonly #paths = new Map<string, number>();
  readonly #prefixes = new Map<string, number>();
  /** By a path and a value that the event must have there. */
  readonly #byValue = new Map<string, Map<Leaf, Set<Member<Id>>>>();
  /** By a path that the event must have, whatever the value. */
  readonly #byPath = new Map<string, Set<Member<Id>>>();
  /** Those that need nothing to be there. */
  readonly #rest = new Set<Member<Id>>();
  #order = 0;

  /** Takes the place of a pattern with the same id. */
  add(id: Id, pattern: Pattern): void {
    this.remove(id);
    const order = this.#order++;
    const members = pattern.branches.map((branch) => {
      const member: Member<Id> = { id, order, branch, sets: [] };
      for (const { path } of branch) this.#count(path, 1);
      this.#place(member);
      return member;
    });
    this.#members.set(id, members);
  }

  remove(id: Id): void {
    for (const member of this.#members.get(id) ?? []) {
      for (const set of member.sets) set.delete(member);
      for (const { path } of member.branch) this.#count(path, -1);
    }
    this.#members.delete(id);
  }

  /** The ids of the patterns that an event matches, in the order in which they were added. */
  matching(event: unknown): Id[] {
    const fields = fieldsOf(event, { paths: this.#paths, prefixes: this.#prefixes });
    const found = new Map<Id, number>();
    for (const [path, values] of fields.byPath) {
      const byValue = this.#byValue.get(path);
      if (byValue) for (const leaf of leavesOf(values)) this.#try(byValue.get(leaf), fields, found);
      this.#try(this.#byPath.get(path), fields, found);
    }
    this.#try(this.#rest, fields, found);
    return [...found].sort(([, one], [, other]) => one - other).map(([id]) => id);
  }

  #try(members: ReadonlySet<Member<Id>> | undefined, fields: Fields, found: Map<Id, number>): void {
    for (const { id, order, branch } of members ?? []) {
      if (!found.has(id) && matchesBranch(branch, fields)) found.set(id, order);
    }
  }

  /** Puts a way to match where the fewest others are. */
  #place(member: Member<Id>): void {
    let best: { readonly condition: Condition; readonly crowd: number } | undefined;
    for (const condition of member.branch) {
      if (condition.absent || condition.tests.length > 0) continue;
      const crowd = this.#crowdAt(condition);
      if (!best || crowd < best.crowd) best = { condition, crowd };
    }
    if (best) {
      for (const value of best.condition.values) join(member, this.#bucket(best.condition.path, value));
      return;
    }
    const needed = member.branch.find(({ absent }) => !absent);
    join(member, needed ? entryOf(this.#byPath, needed.path, () => new Set()) : this.#rest);
  }

  #crowdAt({ path, values }: Condition): number {
    const byValue = this.#byValue.get(path);
    let crowd = 0;
    for (const value of values) crowd += byValue?.get(value)?.size ?? 0;
    return crowd;
  }

  #bucket(path: string, value: Leaf): Set<Member<Id>> {
    const byValue = entryOf(this.#byValue, path, () => new Map<Leaf, Set<Member<Id>>>());
    return entryOf(byValue, value, () => new Set());
  }

  #count(path: string, change: 1 | -1): void {
    countIn(this.#paths, path, change);
    for (const prefix of prefixesOf(path)) countIn(this.#prefixes, prefix, change);
  }
}

/** One way to match one pattern, and the sets it lies in. */
interface Member<Id> {
  readonly id: Id;
  readonly order: number;
  readonly branch: Branch;
  readonly sets: Set<Member<Id>>[];
}

function join<Id>(member: Member<Id>, set: Set<Member<Id>>): void {
  set.add(member);
  member.sets.push(set);
}

function countIn(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

/** Each distinct value at a path, wherever its arrays hold it. */
function leavesOf(values: Values): Iterable<Leaf> {
  if (!values.arrays && values.leaves.length <= 1) return values.leaves;
  const leaves = new Set<Leaf>();
  const collect = (node: Values): void => {
    for (const leaf of node.leaves) leaves.add(leaf);
    for (const elements of node.arrays?.values() ?? []) for (const each of elements.values()) collect(each);
  };
  collect(values);
  return leaves;
}
