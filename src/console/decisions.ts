// What people have decided about issues: it is kept until it is decided otherwise.
import type { Issue } from "../observe/issues/model.ts";
import type { Key, Store, Value } from "../store/store.ts";

export type Decision = "resolved" | "ignored";

interface DecisionRecord {
  readonly v: 1;
  readonly decision: Decision;
  readonly atMs: number;
}

/** new: nobody has decided; regressed: seen again after it was resolved. */
export type IssueState = "new" | "regressed" | Decision;

const keyOf = (issue: string): Key => ["consoleIssue", issue];

export interface Decisions {
  stateOf(issue: Issue): Promise<IssueState>;
  /** Without a decision it is new again. */
  decide(issue: string, decision: Decision | undefined): Promise<void>;
}

export function createDecisions(store: Store, nowMs: () => number): Decisions {
  return {
    stateOf: async ({ id, lastMs }) => {
      const record = (await store.transact((tx) => tx.get(keyOf(id)))) as DecisionRecord | undefined;
      if (!record) return "new";
      return record.decision === "resolved" && lastMs > record.atMs ? "regressed" : record.decision;
    },
    decide: (id, decision) =>
      store.transact(async (tx) => {
        if (decision) tx.set(keyOf(id), { v: 1, decision, atMs: nowMs() } satisfies DecisionRecord as Value);
        else tx.delete(keyOf(id));
      }),
  };
}
