import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import { Fault } from "../kernel/faults.ts";
import { allowOnly, textOf } from "./parameters.ts";

/** What the console needs of the faults on purpose. */
export interface ChaosRules {
  /** Throws BadParameter for a rule that makes no sense. */
  add(rule: unknown): unknown;
  list(): readonly unknown[];
  remove(id?: string): number;
}

export function chaosList(rules: ChaosRules, { query }: AdminRequest): AdminResponse {
  allowOnly(query, []);
  return { status: 200, json: { rules: rules.list() } };
}

export function chaosAdd(rules: ChaosRules, { query, body }: AdminRequest): AdminResponse {
  allowOnly(query, []);
  return { status: 201, json: rules.add(parse(body)) };
}

export function chaosRemove(rules: ChaosRules, { query }: AdminRequest): AdminResponse {
  allowOnly(query, ["id"]);
  const id = textOf(query, "id");
  const removed = rules.remove(id);
  if (id !== undefined && removed === 0) return { status: 404, json: { message: `There is no rule ${id}.` } };
  return { status: 200, json: { removed } };
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw new Fault("BadParameter", "The body must be a rule in JSON.", { status: 400 });
  }
}
