import type * as sdk from "@aws-sdk/client-cloudformation";
import type { Handlers } from "../define.ts";
import { invalid } from "./faults.ts";
import { receiveSignal, signalToken } from "./mailbox.ts";
import { policyFrom } from "./policy.ts";
import { type ResourceRecord, read, resourceKey, stackKey, write } from "./records.ts";
import { begin, find, newOperation, requireStack } from "./stacks.ts";

/** What is asked of stacks that there are, besides to be something else. */
export const control = {
  async UpdateTerminationProtection(input, context) {
    return context.store.transact(async (tx) => {
      const stack = await requireStack(tx, context, input.StackName);
      if (stack.parentId !== undefined) {
        throw invalid(
          `Termination protection cannot be updated on nested stack [${stack.stackId}]. Please update ` +
            `termination protection on the root stack [${stack.rootId}] instead.`,
        );
      }
      const isProtected = input.EnableTerminationProtection === true;
      write(tx, stackKey(stack, stack.stackId), { ...stack, isProtected });
      return { StackId: stack.stackId };
    });
  },

  async SetStackPolicy(input, context) {
    const policy = await policyFrom(context, input.StackPolicyBody, input.StackPolicyURL);
    if (policy === undefined) throw invalid("Either StackPolicyBody or StackPolicyURL must be specified.");
    return context.store.transact(async (tx) => {
      const stack = await requireStack(tx, context, input.StackName);
      write(tx, stackKey(stack, stack.stackId), { ...stack, policy });
      return {};
    });
  },

  async GetStackPolicy(input, context) {
    const { policy } = await find(context, input.StackName);
    return policy === undefined ? {} : { StackPolicyBody: policy };
  },

  async CancelUpdateStack(input, context) {
    return context.store.transact(async (tx) => {
      const stack = await requireStack(tx, context, input.StackName);
      if (stack.status !== "UPDATE_IN_PROGRESS") {
        throw invalid("CancelUpdateStack cannot be called from current stack status");
      }
      begin(tx, context, stack, "UPDATE_ROLLBACK_IN_PROGRESS", {
        reason: "User Initiated",
        token: input.ClientRequestToken,
      });
      return {};
    });
  },

  async ContinueUpdateRollback(input, context) {
    const skipped = (input.ResourcesToSkip ?? []).map((name) => name.split(".").at(-1) ?? "");
    return context.store.transact(async (tx) => {
      const stack = await requireStack(tx, context, input.StackName);
      if (stack.status !== "UPDATE_ROLLBACK_FAILED") {
        throw invalid(`Stack:${stack.stackId} is in ${stack.status} state and can not be rolled back.`);
      }
      for (const name of skipped) {
        const record = await read<ResourceRecord>(tx, resourceKey(stack.stackId, name));
        if (record?.status !== "UPDATE_FAILED") {
          throw invalid(
            `The resource ${name} cannot be skipped: only resources in the UPDATE_FAILED state can be.`,
          );
        }
      }
      begin(tx, context, stack, "UPDATE_ROLLBACK_IN_PROGRESS", {
        reason: "User Initiated",
        operation: newOperation(context, { skipped }),
        token: input.ClientRequestToken,
        ...(input.RoleARN ? { roleArn: input.RoleARN } : {}),
      });
      return {};
    });
  },

  async RollbackStack(input, context) {
    return context.store.transact(async (tx) => {
      const stack = await requireStack(tx, context, input.StackName);
      const next = {
        CREATE_FAILED: "ROLLBACK_IN_PROGRESS",
        UPDATE_FAILED: "UPDATE_ROLLBACK_IN_PROGRESS",
      } as const;
      const status = next[stack.status as keyof typeof next];
      if (!status)
        throw invalid(`Stack:${stack.stackId} is in ${stack.status} state and can not be rolled back.`);
      begin(tx, context, stack, status, {
        reason: "User Initiated",
        operation: newOperation(context),
        removesNew: input.RetainExceptOnCreate,
        token: input.ClientRequestToken,
        ...(input.RoleARN ? { roleArn: input.RoleARN } : {}),
      });
      return { StackId: stack.stackId };
    });
  },

  async SignalResource(input, context) {
    const { LogicalResourceId: logicalId = "", UniqueId = "", Status } = input;
    return context.store.transact(async (tx) => {
      const stack = await requireStack(tx, context, input.StackName);
      const record = await read<ResourceRecord>(tx, resourceKey(stack.stackId, logicalId));
      if (!record) throw invalid(`Resource ${logicalId} does not exist for stack ${stack.name}`);
      if (!record.status.endsWith("_IN_PROGRESS")) {
        throw invalid(
          `Signal is not accepted: resource ${logicalId} is in ${record.status} state and waits for none.`,
        );
      }
      receiveSignal(tx, signalToken(stack.stackId, logicalId), { UniqueId, Status });
      return {};
    });
  },
} satisfies Handlers<typeof sdk>;
