import type * as sdk from "@aws-sdk/client-eventbridge";
import { statementsIn } from "../../kernel/policy.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { fault, invalid } from "./faults.ts";
import { type BusName, busArn, parseBus } from "./names.ts";
import { type Policy, type Statement, statementsOf } from "./policy.ts";
import { type BusRecord, writeBus } from "./records.ts";
import { requireBus } from "./require.ts";

const LONGEST_POLICY = 10_240;
const VERSION = "2012-10-17";

export const permissions = {
  async PutPermission(input, context) {
    const bus = parseBus(input.EventBusName, context.scope);
    if (input.Policy !== undefined) {
      const policy = readPolicy(input.Policy);
      await changePolicy(context, bus, () => policy);
      return {};
    }
    await putStatement(context, bus, statementOf(input, bus));
    return {};
  },

  async RemovePermission(input, context) {
    const bus = parseBus(input.EventBusName, context.scope);
    const { StatementId: id, RemoveAllPermissions: all } = input;
    if (!all && id === undefined) throw invalid("Parameter StatementId is required.");
    await changePolicy(context, bus, (old) => {
      const rest = all ? [] : statementsOf(old).filter(({ Sid }) => Sid !== id);
      if (!all && rest.length === statementsOf(old).length) {
        throw fault("ResourceNotFoundException", "Statement with the provided id does not exist.");
      }
      return { ...old, Statement: rest };
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Adds a statement to a bus's policy, in the place of one of its name. */
export function putStatement(context: Context, bus: BusName, statement: Statement): Promise<void> {
  return changePolicy(context, bus, (old) => ({
    ...old,
    Statement: [...statementsOf(old).filter(({ Sid }) => Sid !== statement.Sid), statement],
  }));
}

function statementOf(
  { Action, Principal, StatementId, Condition }: sdk.PutPermissionRequest,
  bus: BusName,
): Statement {
  for (const [name, value] of Object.entries({ Action, Principal, StatementId })) {
    if (value === undefined) throw invalid(`Parameter ${name} is required.`);
  }
  if (Action !== "events:PutEvents") throw invalid("Provided value in parameter 'action' is not supported.");
  return {
    Sid: `${StatementId}`,
    Effect: "Allow",
    Principal: Principal === "*" ? "*" : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: busArn(bus),
    ...(Condition ? { Condition: { [`${Condition.Type}`]: { [`${Condition.Key}`]: Condition.Value } } } : {}),
  };
}

function readPolicy(text: string): Policy {
  if (!statementsIn(text)?.length) throw invalid("This policy contains invalid Json");
  return JSON.parse(text);
}

async function changePolicy(
  { store, clock }: Context,
  name: BusName,
  change: (old: Policy) => Policy,
): Promise<void> {
  const nowMs = Math.floor(clock.now());
  await store.transact(async (tx: Transaction) => {
    const bus = await requireBus(tx, name, nowMs);
    const { policy: text, ...rest } = bus;
    const policy = change(text === undefined ? { Version: VERSION } : JSON.parse(text));
    const kept: Pick<BusRecord, "policy"> =
      statementsOf(policy).length > 0 ? { policy: JSON.stringify(policy) } : {};
    if ((kept.policy?.length ?? 0) > LONGEST_POLICY) {
      throw fault("PolicyLengthExceededException", "The policy is longer than 10240 characters.");
    }
    writeBus(tx, { ...rest, ...kept, modifiedMs: nowMs });
  });
}
