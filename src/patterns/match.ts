import type { Branch, Condition } from "./compile.ts";
import type { Fields, Values } from "./fields.ts";
import type { Leaf } from "./tests.ts";

/** The element chosen of each array that was entered so far. */
interface Chosen {
  readonly array: number;
  readonly index: number;
  readonly before: Chosen | undefined;
}

/**
 * Whether an event's fields satisfy all of a branch's conditions together: no two of them with values from
 * different elements of one array. As AWS's matcher does it, conditions are taken in the order of their
 * paths, and that a field is absent means absent where the elements chosen so far lead.
 */
export function matchesBranch(branch: Branch, fields: Fields): boolean {
  let arrays = 0;
  for (const condition of branch) {
    const values = fields.byPath.get(condition.path);
    if (values?.arrays) arrays++;
    else if (!matchesFlat(condition, values)) return false;
  }
  return arrays === 0 || new Search(branch, fields).from(0, undefined);
}

/** One value of an event against one condition. */
function accepts({ values, tests }: Condition, leaf: Leaf): boolean {
  if (values.has(leaf)) return true;
  for (const test of tests) if (test(leaf)) return true;
  return false;
}

function matchesFlat(condition: Condition, values: Values | undefined): boolean {
  return values ? anyLeaf(condition, values) : condition.absent;
}

function anyLeaf(condition: Condition, { leaves }: Values): boolean {
  for (const leaf of leaves) if (accepts(condition, leaf)) return true;
  return false;
}

class Search {
  readonly #branch: Branch;
  readonly #fields: Fields;
  /** Positions and choices from which no way led on. */
  readonly #failed = new Set<string>();
  /** By position: the arrays that conditions from there on look into. */
  readonly #arrays: Set<number>[] = [];

  constructor(branch: Branch, fields: Fields) {
    this.#branch = branch;
    this.#fields = fields;
    let later = new Set<number>();
    for (let index = branch.length - 1; index >= 0; index--) {
      const values = fields.byPath.get(branch[index]?.path ?? "");
      if (values?.arrays) {
        later = new Set(later);
        addArrays(values, later);
      }
      this.#arrays[index] = later;
    }
  }

  from(position: number, chosen: Chosen | undefined): boolean {
    const condition = this.#branch[position];
    if (!condition) return true;
    const state = this.#stateAt(position, chosen);
    if (this.#failed.has(state)) return false;
    const values = this.#fields.byPath.get(condition.path);
    const found =
      values !== undefined &&
      reach(values, chosen, (node, next) => anyLeaf(condition, node) && this.from(position + 1, next));
    if (found) return true;
    if (condition.absent && !(values && reach(values, chosen, ({ leaves }) => leaves.length > 0))) {
      if (this.from(position + 1, chosen)) return true;
    }
    this.#failed.add(state);
    return false;
  }

  /** Choices that no later condition looks at make no difference. */
  #stateAt(position: number, chosen: Chosen | undefined): string {
    const parts: string[] = [];
    for (let choice = chosen; choice; choice = choice.before) {
      if (this.#arrays[position]?.has(choice.array)) parts.push(`${choice.array}:${choice.index}`);
    }
    return `${position} ${parts.sort().join(" ")}`;
  }
}

/** Visits the nodes that the choices leave open until `visit` says that it has found what it seeks. */
function reach(
  node: Values,
  chosen: Chosen | undefined,
  visit: (node: Values, chosen: Chosen | undefined) => boolean,
): boolean {
  if (node.leaves.length > 0 && visit(node, chosen)) return true;
  if (!node.arrays) return false;
  for (const [array, elements] of node.arrays) {
    const index = indexIn(array, chosen);
    if (index !== undefined) {
      const element = elements.get(index);
      if (element && reach(element, chosen, visit)) return true;
      continue;
    }
    for (const [each, element] of elements) {
      if (reach(element, { array, index: each, before: chosen }, visit)) return true;
    }
  }
  return false;
}

function indexIn(array: number, chosen: Chosen | undefined): number | undefined {
  for (let choice = chosen; choice; choice = choice.before) {
    if (choice.array === array) return choice.index;
  }
  return undefined;
}

function addArrays({ arrays }: Values, found: Set<number>): void {
  for (const [array, elements] of arrays ?? []) {
    found.add(array);
    for (const element of elements.values()) addArrays(element, found);
  }
}
