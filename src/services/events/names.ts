import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";

export const DEFAULT_BUS = "default";

/** Where an event bus is, and what it is called: enough to find its record. */
export interface BusName extends Scope {
  readonly name: string;
}

export interface RuleName extends Scope {
  readonly bus: string;
  readonly name: string;
}

/** Reads a bus's name or ARN; without one, it is the default bus of the request's account and region. */
export function parseBus(text: string | undefined, { account, region }: Scope): BusName {
  return (text && parseBusArn(text)) || { account, region, name: text || DEFAULT_BUS };
}

/** Undefined for anything but an event bus's ARN. */
export function parseBusArn(text: string): BusName | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "events" || !arn.resource.startsWith("event-bus/")) return undefined;
  return { account: arn.account, region: arn.region, name: arn.resource.slice("event-bus/".length) };
}

export function busArn(bus: BusName): string {
  return formatArn("events", bus, `event-bus/${bus.name}`);
}

/** Rules of the default bus do not name it. */
export function ruleArn(rule: RuleName): string {
  return formatArn("events", rule, `rule/${rule.bus === DEFAULT_BUS ? "" : `${rule.bus}/`}${rule.name}`);
}

/** Names of partners' buses hold slashes; names of rules do not. */
export function parseRuleArn(text: string): RuleName | undefined {
  const arn = parseArn(text);
  const [, bus, name] = /^rule\/(?:(.+)\/)?([^/]+)$/.exec(arn?.resource ?? "") ?? [];
  if (arn?.service !== "events" || name === undefined) return undefined;
  return { account: arn.account, region: arn.region, bus: bus ?? DEFAULT_BUS, name };
}

/** The name in the ARN of an archive, a connection or an API destination. */
export function nameInArn(text: string, kind: string): string | undefined {
  const [first, name] = (parseArn(text)?.resource ?? "").split("/");
  return first === kind ? name : undefined;
}
