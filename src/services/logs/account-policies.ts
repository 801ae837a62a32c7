import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import type { Context, Handlers } from "../define.ts";
import { isSelection } from "./account-subscriptions.ts";
import { invalid, limitExceeded, missing, notHere } from "./faults.ts";
import { patternOf } from "./filter-patterns.ts";
import {
  type AccountPolicyRecord,
  deleteAccountPolicy,
  accountPolicies as policiesOf,
  readAccountPolicy,
  writeAccountPolicy,
} from "./filter-records.ts";
import { refreshWatch } from "./line-watch.ts";
import { allOf } from "./reading.ts";
import { checkDestination } from "./subscriptions.ts";

const SUBSCRIPTION = "SUBSCRIPTION_FILTER_POLICY";

/** What holds for all groups of an account. Of AWS's kinds of policies, subscription filters are here. */
export const accountPolicies = {
  async PutAccountPolicy(input, context) {
    const { policyName: name = "", policyDocument: document = "", selectionCriteria: selection } = input;
    const { store, scope, clock } = context;
    checkType(input.policyType);
    if (selection !== undefined && !isSelection(selection)) {
      throw invalid('Invalid selectionCriteria: expected LogGroupName NOT IN ["…"].');
    }
    await checkDocument(context, document);
    const record = await store.transact(async (tx) => {
      const known = await allOf(policiesOf(tx, scope));
      if (known.some((policy) => policy.name !== name)) throw limitExceeded("Resource limit exceeded.");
      const chosen = selection === undefined ? {} : { selection };
      const record = { v: 1, name, document, ...chosen, updatedMs: Math.floor(clock.now()) } as const;
      writeAccountPolicy(tx, scope, record);
      return record;
    });
    await refreshWatch(store);
    return { accountPolicy: describe(context, record) };
  },

  async DescribeAccountPolicies({ policyType, policyName, accountIdentifiers }, context) {
    if (policyType !== SUBSCRIPTION) return { accountPolicies: [] };
    const { store, scope } = context;
    const isOwn = !accountIdentifiers?.length || accountIdentifiers.includes(scope.account);
    const found = isOwn ? await store.transact((tx) => allOf(policiesOf(tx, scope))) : [];
    const wanted = found.filter(({ name }) => policyName === undefined || name === policyName);
    return { accountPolicies: wanted.map((record) => describe(context, record)) };
  },

  async DeleteAccountPolicy({ policyName = "", policyType }, { store, scope }) {
    checkType(policyType);
    await store.transact(async (tx) => {
      if (!(await readAccountPolicy(tx, scope, policyName))) {
        throw missing("The specified account policy does not exist.");
      }
      deleteAccountPolicy(tx, scope, policyName);
    });
    await refreshWatch(store);
    return {};
  },
} satisfies Handlers<typeof sdk>;

function checkType(type: string | undefined): void {
  if (type !== SUBSCRIPTION) throw notHere(`Account policies of type ${type} are not part of this platform.`);
}

async function checkDocument(context: Context, document: string): Promise<void> {
  let policy: Record<string, unknown>;
  try {
    policy = JSON.parse(document);
  } catch {
    throw invalid("The policy document is not valid JSON.");
  }
  const { DestinationArn, RoleArn, FilterPattern = "", Distribution = "ByLogStream" } = policy ?? {};
  if (typeof DestinationArn !== "string") throw invalid("The policy document needs a DestinationArn.");
  if (typeof FilterPattern !== "string") throw invalid("The policy document needs a FilterPattern.");
  if (Distribution !== "ByLogStream" && Distribution !== "Random") {
    throw invalid("The Distribution of a policy document is ByLogStream or Random.");
  }
  patternOf(FilterPattern);
  const roleArn = typeof RoleArn === "string" ? RoleArn : undefined;
  await checkDestination(context, { ...context.scope, name: "*" }, DestinationArn, roleArn);
}

function describe({ scope }: Context, record: AccountPolicyRecord): sdk.AccountPolicy {
  const { name, document, selection, updatedMs } = record;
  return {
    policyName: name,
    policyDocument: document,
    lastUpdatedTime: updatedMs,
    policyType: SUBSCRIPTION,
    scope: "ALL",
    ...(selection === undefined ? {} : { selectionCriteria: selection }),
    accountId: scope.account,
  };
}
