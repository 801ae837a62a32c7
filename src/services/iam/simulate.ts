import type * as sdk from "@aws-sdk/client-iam";
import { statementsIn } from "../../kernel/policy.ts";
import type { Context, Handlers } from "../define.ts";
import { arnOf } from "./entities.ts";
import { fault } from "./faults.ts";
import type { HolderKind } from "./find-policy.ts";
import { page } from "./paging.ts";
import { boundaryOf, needHolder, policiesOf } from "./policies-of.ts";
import type { Holder } from "./records.ts";
import {
  contextKeys,
  type Outcome,
  type Simulation,
  type SourcePolicy,
  simulate,
  statementsOf,
} from "./simulation.ts";

type Asked = Omit<sdk.SimulateCustomPolicyCommandInput, "PolicyInputList">;

/** What IAM gives here is not what the model lists. */
const POLICY_TYPE = "IAM Policy" as "user-managed";

/** Texts of an input, each with a name; refuses what is no policy. */
function given(member: string, texts: readonly string[] | undefined = []): SourcePolicy[] {
  return texts.map((text, index) => {
    if (statementsIn(text) === undefined) {
      throw fault(
        "InvalidInputException",
        `Invalid Input. Invalid policy in ${member}: Syntax errors in policy.`,
      );
    }
    return { id: `${member}.${index + 1}`, text };
  });
}

/** What is known of the caller, and over it what the input says. */
function contextOf({ ContextEntries = [] }: Asked, known: Readonly<Record<string, string>>) {
  const context = new Map(Object.entries(known).map(([key, value]) => [key.toLowerCase(), [value]]));
  for (const { ContextKeyName = "", ContextKeyValues = [] } of ContextEntries) {
    context.set(ContextKeyName.toLowerCase(), [...ContextKeyValues]);
  }
  return context;
}

const shown = ({ matched }: Outcome) =>
  matched.map(({ source, span }) => ({ SourcePolicyId: source, SourcePolicyType: POLICY_TYPE, ...span }));

const boundaryDetail = ({ withinBoundary }: Outcome) =>
  withinBoundary === undefined
    ? {}
    : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: withinBoundary } };

/** Of several resources the decision is the one that stands in the way, where there is such. */
function worst(outcomes: readonly Outcome[]): Outcome | undefined {
  const of = (decision: string) => outcomes.find((outcome) => outcome.decision === decision);
  return of("explicitDeny") ?? of("implicitDeny") ?? outcomes[0];
}

function evaluate(simulation: Simulation, asked: Asked, known: Readonly<Record<string, string>>) {
  const { ActionNames = [], ResourceArns: resources = ["*"] } = asked;
  const context = contextOf(asked, known);
  return ActionNames.map((action) => {
    if (!/^[\w-]+:[\w*?]+$/.test(action)) {
      throw fault("InvalidInputException", `Invalid Input. Invalid action name: ${action}`);
    }
    const outcomes = resources.map((resource) => ({
      resource,
      outcome: simulate(simulation, { action, resource, context }),
    }));
    const overall = worst(outcomes.map(({ outcome }) => outcome));
    const isGeneral = resources.length === 1 && resources[0] === "*";
    return {
      EvalActionName: action,
      EvalResourceName: resources.length === 1 ? (resources[0] ?? "*") : "*",
      EvalDecision: overall?.decision,
      MatchedStatements: overall ? shown(overall) : [],
      MissingContextValues: isGeneral ? [...(overall?.missingKeys ?? [])] : [],
      ...(overall ? boundaryDetail(overall) : {}),
      ...(isGeneral
        ? {}
        : {
            ResourceSpecificResults: outcomes.map(({ resource, outcome }) => ({
              EvalResourceName: resource,
              EvalResourceDecision: outcome.decision,
              MatchedStatements: shown(outcome),
              MissingContextValues: [...outcome.missingKeys],
              ...boundaryDetail(outcome),
            })),
          }),
    };
  });
}

async function paged(results: ReturnType<typeof evaluate>, asked: Asked) {
  const order = results.map((result, index) => ({ result, place: String(index).padStart(6, "0") }));
  const { items, rest } = await page(order, ({ place }) => place, asked);
  return { EvaluationResults: items.map(({ result }) => result), ...rest };
}

const callerAt = (arn: string | undefined) =>
  arn === undefined ? undefined : { account: arn.split(":")[4] ?? "", arns: [arn] };

/** What a request of somebody says of who it is. */
function knownOf(context: Context, kind: HolderKind, holder: Holder): Record<string, string> {
  const now = context.clock.now();
  const tags = Object.entries(holder.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
  return {
    "aws:CurrentTime": new Date(now).toISOString(),
    "aws:EpochTime": String(Math.floor(now / 1000)),
    ...(kind === "group"
      ? {}
      : {
          "aws:PrincipalAccount": holder.account,
          "aws:PrincipalArn": arnOf(kind, holder),
          "aws:PrincipalType": kind === "user" ? "User" : "AssumedRole",
          "aws:userid": holder.id,
        }),
    ...(kind === "user" ? { "aws:username": holder.name } : {}),
    ...(kind === "group" ? {} : Object.fromEntries(tags)),
  };
}

export const simulations = {
  async SimulateCustomPolicy({ PolicyInputList, ...asked }, context) {
    const { PermissionsBoundaryPolicyInputList: bounds, ResourcePolicy, CallerArn } = asked;
    if (ResourcePolicy !== undefined && CallerArn === undefined) {
      throw fault(
        "InvalidInputException",
        "Invalid Input. CallerArn must be provided with a ResourcePolicy.",
      );
    }
    const [resource] = given("ResourcePolicy", ResourcePolicy === undefined ? [] : [ResourcePolicy]);
    const simulation: Simulation = {
      identity: given("PolicyInputList", PolicyInputList),
      boundary: bounds && given("PermissionsBoundaryPolicyInputList", bounds),
      resource,
      caller: callerAt(CallerArn),
    };
    const known = { "aws:CurrentTime": new Date(context.clock.now()).toISOString() };
    return paged(evaluate(simulation, asked, known), asked);
  },

  async SimulatePrincipalPolicy({ PolicySourceArn = "", PolicyInputList, ...asked }, context) {
    const { PermissionsBoundaryPolicyInputList: bounds, ResourcePolicy, CallerArn } = asked;
    const { kind, holder, policies, boundary } = await context.store.transact(async (tx) => {
      const source = await needHolder(tx, context.scope.account, PolicySourceArn);
      return {
        ...source,
        policies: await policiesOf(tx, source.kind, source.holder),
        boundary: await boundaryOf(tx, source.holder),
      };
    });
    const [resource] = given("ResourcePolicy", ResourcePolicy === undefined ? [] : [ResourcePolicy]);
    const own = boundary && [boundary];
    const simulation: Simulation = {
      identity: [...policies, ...given("PolicyInputList", PolicyInputList)],
      boundary: bounds ? given("PermissionsBoundaryPolicyInputList", bounds) : own,
      resource,
      caller: callerAt(CallerArn ?? (kind === "user" ? PolicySourceArn : undefined)),
    };
    return paged(evaluate(simulation, asked, knownOf(context, kind, holder)), asked);
  },

  async GetContextKeysForCustomPolicy({ PolicyInputList }) {
    const texts = given("PolicyInputList", PolicyInputList).map(({ text }) => text);
    return { ContextKeyNames: contextKeys(statementsOf(texts)) };
  },

  async GetContextKeysForPrincipalPolicy({ PolicySourceArn = "", PolicyInputList }, { store, scope }) {
    const policies = await store.transact(async (tx) => {
      const { kind, holder } = await needHolder(tx, scope.account, PolicySourceArn);
      return policiesOf(tx, kind, holder);
    });
    const texts = [...policies, ...given("PolicyInputList", PolicyInputList)].map(({ text }) => text);
    return { ContextKeyNames: contextKeys(statementsOf(texts)) };
  },
} satisfies Handlers<typeof sdk>;
