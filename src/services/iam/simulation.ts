import { listOf, type Statement, statementsIn } from "../../kernel/policy.ts";
import { keysAskedBy, type PolicyContext } from "../../kernel/policy-conditions.ts";
import {
  applies,
  concerns,
  type Decision,
  namesCaller,
  type PolicyCaller,
  type PolicyRequest,
} from "../../kernel/policy-evaluation.ts";
import { type Span, statementSpans } from "./statement-positions.ts";

/** A policy with a name by which its statements are told. */
export interface SourcePolicy {
  readonly id: string;
  readonly text: string;
}

interface Placed {
  readonly source: string;
  readonly statement: Statement;
  readonly span: Span | undefined;
}

/** All that a request is held against. */
export interface Simulation {
  readonly identity: readonly SourcePolicy[];
  /** Absent: nothing bounds what the others allow. */
  readonly boundary: readonly SourcePolicy[] | undefined;
  readonly resource: SourcePolicy | undefined;
  readonly caller: PolicyCaller | undefined;
}

export interface Outcome {
  readonly decision: Decision;
  readonly matched: readonly Placed[];
  readonly missingKeys: readonly string[];
  readonly withinBoundary: boolean | undefined;
}

function placed(policies: readonly SourcePolicy[]): Placed[] {
  return policies.flatMap(({ id, text }) => {
    const spans = statementSpans(text);
    return (statementsIn(text) ?? []).map((statement, index) => ({
      source: id,
      statement,
      span: spans[index],
    }));
  });
}

const ofEffect = (effect: string, statements: readonly Placed[]) =>
  statements.filter(({ statement }) => statement.Effect === effect);

/** What the policies come to for a request. */
export function simulate(simulation: Simulation, request: PolicyRequest): Outcome {
  const { caller } = simulation;
  const identity = placed(simulation.identity);
  const bounds = simulation.boundary && placed(simulation.boundary);
  const ofResource = placed(simulation.resource ? [simulation.resource] : []).filter(
    ({ statement }) => caller !== undefined && namesCaller(statement, caller),
  );
  const all = [...identity, ...(bounds ?? []), ...ofResource];
  const speaks = ({ statement }: Placed) => applies(statement, request);
  const missingKeys = keysMissing(
    all.filter(({ statement }) => concerns(statement, request)),
    request.context,
  );
  const withinBoundary = bounds && ofEffect("Allow", bounds).some(speaks);
  const denials = ofEffect("Deny", all).filter(speaks);
  const base = { missingKeys, withinBoundary };
  if (denials.length > 0) return { ...base, decision: "explicitDeny", matched: denials };
  const allowed = ofEffect("Allow", identity).filter(speaks);
  const shared = ofEffect("Allow", ofResource).filter(speaks);
  // What a resource's own policy gives to somebody by name, no boundary takes away.
  const isAllowed = shared.length > 0 || (allowed.length > 0 && withinBoundary !== false);
  const matched = [...allowed, ...shared];
  return { ...base, decision: isAllowed ? "allowed" : "implicitDeny", matched };
}

function keysMissing(statements: readonly Placed[], context: PolicyContext): string[] {
  return contextKeys(statements.map(({ statement }) => statement)).filter(
    (key) => !context.has(key.toLowerCase()),
  );
}

/** Each key that statements ask for, once. */
export function contextKeys(statements: readonly Statement[]): string[] {
  const keys = new Map<string, string>();
  for (const key of statements.flatMap(keysAskedBy)) {
    if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key);
  }
  return [...keys.values()];
}

export const statementsOf = (texts: readonly string[]) => texts.flatMap((text) => statementsIn(text) ?? []);

/** The services whose actions a policy names, and whether it names those of all. */
export function servicesIn(text: string): {
  readonly services: ReadonlySet<string>;
  readonly isAll: boolean;
} {
  const services = new Set<string>();
  let isAll = false;
  for (const { Effect, Action, NotAction } of statementsIn(text) ?? []) {
    if (Effect !== "Allow") continue;
    if (NotAction !== undefined) isAll = true;
    for (const action of listOf(Action)) {
      const [service = ""] = String(action).split(":");
      if (service === "*") isAll = true;
      else services.add(service.toLowerCase());
    }
  }
  return { services, isAll };
}
