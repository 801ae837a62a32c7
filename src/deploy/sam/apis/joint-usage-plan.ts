import { asValue, Dict, isNothing, textOf, truthy, type Value } from "../dict.ts";
import { anyOf } from "../intrinsics.ts";
import { badTemplate } from "../problems.ts";

const CONDITION = "SharedUsagePlanCondition";

/** The one usage plan of all APIs that say `SHARED`: each adds its stage to it. */
export class SharedUsagePlan {
  readonly dependsOn: Value[] = [];
  readonly stages: Value[] = [];
  readonly keyStages: Value[] = [];
  readonly #conditions = new Set<string>();
  #anyWithout = false;
  #deletion: Value | undefined;
  #replacement: Value | undefined;

  /** The attributes that suit all APIs so far. */
  attributes(of: Dict, conditions: Dict | undefined): Dict {
    const deletion = of.get("DeletionPolicy");
    if (truthy(deletion) && (!this.#deletion || deletion === "Retain")) this.#deletion = deletion;
    const replacement = of.get("UpdateReplacePolicy");
    const isStronger =
      replacement === "Retain" || (replacement === "Snapshot" && this.#replacement === "Delete");
    if (truthy(replacement) && (!this.#replacement || isStronger)) this.#replacement = replacement;
    this.#addCondition(of.get("Condition"), conditions);
    const all = new Dict();
    if (this.#deletion) all.set("DeletionPolicy", this.#deletion);
    if (this.#replacement) all.set("UpdateReplacePolicy", this.#replacement);
    if (this.#conditions.size > 0 && !this.#anyWithout) all.set("Condition", CONDITION);
    return all;
  }

  #addCondition(condition: Value | undefined, conditions: Dict | undefined): void {
    if (this.#anyWithout) return;
    if (isNothing(condition)) {
      this.#anyWithout = true;
      conditions?.delete(CONDITION);
      return;
    }
    const name = textOf(String(condition));
    if (this.#conditions.has(name)) return;
    if (!conditions)
      throw badTemplate("Can't have condition without having 'Conditions' section in the template");
    this.#conditions.add(name);
    const all = [...this.#conditions];
    conditions.set(CONDITION, all.length > 1 ? anyOf(all) : asValue(name));
  }
}
