import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { readApiEntry } from "../api-index.ts";
import { badRequest, conflict, noApi, notFound } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import { page } from "../paging.ts";
import { read as readRest, stageKey } from "../rest/records.ts";
import { requireDomain } from "./domains.ts";
import { type DomainRecord, deleteRule, type RuleRecord, readRule, rulesOf, writeRule } from "./records.ts";

// Rules that choose an API's stage by headers and base path.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html

const LARGEST_PRIORITY = 1_000_000;
const MOST_HEADER_CONDITIONS = 2;
const MOST_RULES = 50;
const LONGEST_HEADER = 40;
const LONGEST_GLOB = 128;
/** A star stands at an end, for whatever is before or behind. */
const GLOB = /^\*?[^*]*\*?$/;
const HEADER = /^[A-Za-z0-9!#$%&'+\-.^_`|~]+$/;
const BASE_PATH = /^[\w.~!$&'()+,;=:@%-]+(?:\/[\w.~!$&'()+,;=:@%-]+)*$/;
/** What the service needs for itself. */
const RESTRICTED =
  /^(?:access-control-.*|apigw-.*|authorization|connection|content-(?:encoding|length|location)|forwarded|keep-alive|origin|proxy-authenticat.*|proxy-authorization|te|trailers?|transfer-encoding|upgrade|x-amz-.*|x-amzn-.*|x-apigw-api-id|x-forwarded-.*|via)$/i;

export const routingRules = {
  async CreateRoutingRule(input, context) {
    const id = newResourceId(context.ids);
    return context.store.transact(async (tx) => {
      const domain = await requireDomain(tx, context, input.DomainName);
      const rule = await keepRule(tx, context, domain, id, input);
      return shown(domain, rule);
    });
  },

  async PutRoutingRule(input, context) {
    return context.store.transact(async (tx) => {
      const domain = await requireDomain(tx, context, input.DomainName);
      const rule = await keepRule(tx, context, domain, input.RoutingRuleId ?? "", input);
      return shown(domain, rule);
    });
  },

  async GetRoutingRule(input, context) {
    return context.store.transact(async (tx) => {
      const domain = await requireDomain(tx, context, input.DomainName);
      return shown(domain, await requireRule(tx, domain, input.RoutingRuleId));
    });
  },

  async ListRoutingRules(input, context) {
    return context.store.transact(async (tx) => {
      const domain = await requireDomain(tx, context, input.DomainName);
      const { items, token } = await page(
        rulesOf(tx, domain.name),
        ({ priority }) => String(priority).padStart(7, "0"),
        { ...input, MaxResults: input.MaxResults?.toString() },
      );
      return { RoutingRules: items.map((rule) => shown(domain, rule)), ...token };
    });
  },

  async DeleteRoutingRule(input, context) {
    await context.store.transact(async (tx) => {
      const domain = await requireDomain(tx, context, input.DomainName);
      deleteRule(tx, await requireRule(tx, domain, input.RoutingRuleId));
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

type Given = Pick<sdk.CreateRoutingRuleRequest, "Actions" | "Conditions" | "Priority">;

async function requireRule(tx: Transaction, domain: DomainRecord, id = ""): Promise<RuleRecord> {
  const rule = await readRule(tx, domain.name, id);
  if (!rule) throw notFound(`Unable to find routing rule with ID ${id} for domain name ${domain.name}`);
  return rule;
}

/** Keeps a rule, new or changed: no other of the domain has its priority. */
async function keepRule(
  tx: Transaction,
  context: Context,
  domain: DomainRecord,
  id: string,
  { Actions = [], Conditions = [], Priority: priority = 0 }: Given,
): Promise<RuleRecord> {
  if (!Number.isInteger(priority) || priority < 1 || priority > LARGEST_PRIORITY) {
    throw badRequest(`Priority must be between 1 and ${LARGEST_PRIORITY}`);
  }
  const { apiId, stage, stripBasePath } = await checkedAction(tx, context, Actions);
  const { headers, basePaths } = checkedConditions(Conditions);
  if (stripBasePath && basePaths.length === 0) {
    throw badRequest("StripBasePath can only be used with a base path condition");
  }
  let count = 0;
  for await (const other of rulesOf(tx, domain.name)) {
    if (other.id === id) deleteRule(tx, other);
    else if (other.priority === priority) {
      throw conflict(`A routing rule with priority ${priority} already exists for this domain name`);
    } else count++;
  }
  if (count >= MOST_RULES) throw badRequest(`A domain name has no more than ${MOST_RULES} routing rules`);
  const rule: RuleRecord = {
    v: 1,
    ...{ id, domain: domain.name, priority, headers, basePaths, apiId, stage, stripBasePath },
  };
  writeRule(tx, rule);
  return rule;
}

/** The one thing that a rule does is to have a stage of a REST API answer. */
async function checkedAction(tx: Transaction, { scope }: Context, actions: sdk.RoutingRuleAction[]) {
  const [action, more] = actions;
  const { ApiId: apiId = "", Stage: stage = "", StripBasePath = false } = action?.InvokeApi ?? {};
  if (!action?.InvokeApi || more) throw badRequest("A routing rule must have exactly one InvokeApi action");
  const entry = await readApiEntry(tx, apiId);
  if (entry?.account !== scope.account || entry.region !== scope.region) throw noApi(scope.account, apiId);
  if (entry.kind !== "REST") throw badRequest("Routing rules are only supported for REST APIs");
  if (!(await readRest(tx, stageKey(apiId, stage)))) throw badRequest("Invalid stage identifier specified");
  return { apiId, stage, stripBasePath: StripBasePath };
}

function checkedConditions(conditions: readonly sdk.RoutingRuleCondition[]) {
  const headers = conditions.flatMap(({ MatchHeaders: match }) => (match ? [match.AnyOf ?? []] : []));
  const paths = conditions.flatMap(({ MatchBasePaths: match }) => (match ? [match.AnyOf ?? []] : []));
  if (headers.length > MOST_HEADER_CONDITIONS || paths.length > 1) {
    throw badRequest("A routing rule can have up to two header conditions and one base path condition");
  }
  if ([...headers, ...paths].some((anyOf) => anyOf.length === 0)) {
    throw badRequest("A condition must match something");
  }
  const checked = headers.map((anyOf) => anyOf.map(checkedHeader));
  const basePaths = (paths[0] ?? []).map((path) => {
    const bare = path.replace(/^\//, "");
    if (!BASE_PATH.test(bare)) throw badRequest(`Invalid base path specified: ${path}`);
    return bare;
  });
  return { headers: checked, basePaths };
}

function checkedHeader({ Header: name = "", ValueGlob: glob = "" }: sdk.RoutingRuleMatchHeaderValue) {
  if (!HEADER.test(name) || name.length > LONGEST_HEADER || RESTRICTED.test(name)) {
    throw badRequest(`Invalid header name specified: ${name}`);
  }
  if (glob === "" || glob.length > LONGEST_GLOB || !GLOB.test(glob)) {
    throw badRequest(`Invalid header value glob specified: ${glob}`);
  }
  return { name, glob };
}

function shown(domain: DomainRecord, rule: RuleRecord) {
  const { id, priority, headers, basePaths, apiId, stage, stripBasePath } = rule;
  return {
    RoutingRuleId: id,
    RoutingRuleArn: `arn:aws:apigateway:${domain.region}:${domain.account}:/domainnames/${domain.name}/routingrules/${id}`,
    Priority: priority,
    Conditions: [
      ...headers.map((anyOf) => ({
        MatchHeaders: { AnyOf: anyOf.map(({ name, glob }) => ({ Header: name, ValueGlob: glob })) },
      })),
      ...(basePaths.length > 0 ? [{ MatchBasePaths: { AnyOf: [...basePaths] } }] : []),
    ],
    Actions: [{ InvokeApi: { ApiId: apiId, Stage: stage, StripBasePath: stripBasePath } }],
  };
}
