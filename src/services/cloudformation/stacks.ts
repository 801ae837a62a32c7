import { isDeepStrictEqual } from "node:util";
import type * as sdk from "@aws-sdk/client-cloudformation";
import { parseTemplate } from "../../deploy/parse.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers, Input } from "../define.ts";
import { wishesIn } from "./check-types.ts";
import { setStack } from "./events.ts";
import { checkExportsUnused, noteImports } from "./exports.ts";
import { fault, invalid, noStack } from "./faults.ts";
import { newStackId, STACK_NAME } from "./names.ts";
import { paged } from "./paging.ts";
import { policyFrom } from "./policy.ts";
import { type Prepared, prepare } from "./prepare.ts";
import {
  nameKey,
  type Operation,
  prefixOf,
  read,
  readAll,
  type StackRecord,
  stackKey,
  type Wanted,
  workKey,
  write,
} from "./records.ts";
import { shownParameters } from "./shown-parameters.ts";
import { parametersFrom, tagsFrom, templateFrom } from "./template-source.ts";
import { checkExpansion, settle } from "./transforms.ts";

const MOST_STACKS = 2000;
/** From where an update may begin. */
const SETTLED: ReadonlySet<string> = new Set([
  "CREATE_COMPLETE",
  "CREATE_FAILED",
  "IMPORT_COMPLETE",
  "UPDATE_COMPLETE",
  "UPDATE_FAILED",
  "UPDATE_ROLLBACK_COMPLETE",
]);

export const stacks = {
  CreateStack: (input, context) => createStack(context, input),

  async UpdateStack(input, context) {
    const old = await find(context, input.StackName);
    // A client that has not heard the answer asks again.
    const isAgain = input.ClientRequestToken !== undefined && input.ClientRequestToken === old.token;
    if (isAgain && old.status.startsWith("UPDATE_")) return { StackId: old.stackId };
    const template = input.UsePreviousTemplate ? old.wanted.template : await templateFrom(context, input);
    await checkExpansion(template, input.Capabilities);
    const wanted = await settle(context, old, {
      template,
      parameters: parametersFrom(input.Parameters, old.wanted.parameters),
      tags: input.Tags ? tagsFrom(input.Tags) : old.wanted.tags,
      ...wishesIn(input.Capabilities),
    });
    const prepared = await prepare(context, old, wanted);
    checkCapabilities(prepared, input.Capabilities);
    const next = { ...wanted, parameters: prepared.given };
    const policy = await policyFrom(context, input.StackPolicyBody, input.StackPolicyURL);
    const during = await policyFrom(
      context,
      input.StackPolicyDuringUpdateBody,
      input.StackPolicyDuringUpdateURL,
    );
    return context.store.transact(async (tx) => {
      const stack = await requireStack(tx, context, old.stackId);
      checkSettled(stack);
      if (isSame(stack.wanted, next)) throw invalid("No updates are to be performed.");
      begin(tx, context, stack, "UPDATE_IN_PROGRESS", {
        ...(await beginUpdate(tx, stack, prepared, next)),
        operation: newOperation(context, { policy: during }),
        onFailure: input.DisableRollback ? "DO_NOTHING" : "ROLLBACK",
        removesNew: input.RetainExceptOnCreate,
        reason: "User Initiated",
        updatedMs: context.clock.now(),
        token: input.ClientRequestToken,
        ...(policy === undefined ? {} : { policy }),
        ...(input.Capabilities ? { capabilities: input.Capabilities } : {}),
        ...(input.NotificationARNs ? { notificationArns: input.NotificationARNs } : {}),
        ...(input.RoleARN ? { roleArn: input.RoleARN } : {}),
        ...(input.RollbackConfiguration ? { triggers: input.RollbackConfiguration } : {}),
      });
      return { StackId: stack.stackId };
    });
  },

  async DeleteStack(input, context) {
    return context.store.transact(async (tx) => {
      const stack = await stackNamed(tx, context, input.StackName);
      // Of a stack that is not there nothing is said.
      if (!stack || stack.status === "DELETE_COMPLETE" || stack.status === "DELETE_IN_PROGRESS") return {};
      if (stack.parentId === undefined && stack.isProtected) {
        throw invalid(`Stack [${stack.stackId}] cannot be deleted while TerminationProtection is enabled`);
      }
      const retained = input.RetainResources ?? [];
      if (retained.length > 0 && stack.status !== "DELETE_FAILED") {
        throw invalid(
          `Invalid operation on stack [${stack.stackId}]. When you delete a stack, specify which resources ` +
            "to retain only when the stack is in the DELETE_FAILED state.",
        );
      }
      const isForced = input.DeletionMode === "FORCE_DELETE_STACK";
      if (isForced && stack.status !== "DELETE_FAILED") {
        throw invalid(
          `Invalid operation on stack [${stack.stackId}]. You can only use FORCE_DELETE_STACK on stacks in ` +
            "the DELETE_FAILED state.",
        );
      }
      await checkExportsUnused(tx, stack);
      begin(tx, context, stack, "DELETE_IN_PROGRESS", {
        retained,
        operation: newOperation(context, { isForced }),
        reason: "User Initiated",
        token: input.ClientRequestToken,
        ...(input.RoleARN ? { roleArn: input.RoleARN } : {}),
      });
      return {};
    });
  },

  async DescribeStacks(input, context) {
    if (input.StackName !== undefined) return { Stacks: [describe(await find(context, input.StackName))] };
    const all = await context.store.transact((tx) =>
      readAll<StackRecord>(tx, prefixOf(stackKey(context.scope, ""))),
    );
    const live = all
      .filter(({ status }) => status !== "DELETE_COMPLETE")
      .toSorted((one, other) => other.createdMs - one.createdMs);
    const { items, ...token } = await paged(live, input.NextToken, ({ stackId }) => stackId);
    return { Stacks: items.map(describe), ...token };
  },

  async ListStacks(input, context) {
    const all = await context.store.transact((tx) =>
      readAll<StackRecord>(tx, prefixOf(stackKey(context.scope, ""))),
    );
    const { StackStatusFilter: wanted } = input;
    const matching = all
      .filter(({ status }) => !wanted?.length || wanted.includes(status))
      .toSorted((one, other) => other.createdMs - one.createdMs);
    const { items, ...token } = await paged(matching, input.NextToken, ({ stackId }) => stackId);
    return { StackSummaries: items.map(summarise), ...token };
  },
} satisfies Handlers<typeof sdk>;

/** Begins a stack; `parent`: the one within which it is. */
export async function createStack(
  context: Context,
  input: Parameters<typeof newStack>[3] & Input<typeof sdk.CreateStackCommand>,
  parent?: StackRecord,
): Promise<{ readonly StackId: string }> {
  const name = checkedName(input.StackName);
  if (input.OnFailure !== undefined && input.DisableRollback !== undefined)
    throw invalid("You can specify either OnFailure or DisableRollback, but not both.");
  const template = await templateFrom(context, input);
  await checkExpansion(template, input.Capabilities);
  const asked: Wanted = {
    template,
    parameters: parametersFrom(input.Parameters, undefined),
    tags: tagsFrom(input.Tags),
    ...wishesIn(input.Capabilities),
  };
  const policy = await policyFrom(context, input.StackPolicyBody, input.StackPolicyURL);
  const stack = newStack(context, name, asked, input);
  const wanted = await settle(context, stack, asked);
  const prepared = await prepare(context, stack, wanted);
  checkCapabilities(prepared, input.Capabilities);
  const made: StackRecord = {
    ...stack,
    policy,
    wanted: { ...wanted, parameters: prepared.given },
    parentId: parent?.stackId,
    rootId: parent && (parent.rootId ?? parent.stackId),
  };
  return context.store.transact(async (tx) => {
    const old = await readByName(tx, context, name);
    if (old && input.ClientRequestToken !== undefined && old.token === input.ClientRequestToken)
      return { StackId: old.stackId };
    if (old) throw fault("AlreadyExistsException", `Stack [${name}] already exists`);
    if ((await readAll(tx, prefixOf(stackKey(context.scope, "")))).length >= MOST_STACKS) {
      throw fault("LimitExceededException", "The number of stacks is at its limit.");
    }
    begin(tx, context, made, "CREATE_IN_PROGRESS", { reason: "User Initiated" });
    await noteImports(tx, made, prepared);
    return { StackId: made.stackId };
  });
}

export function newOperation(
  { ids, clock }: Pick<Context, "ids" | "clock">,
  more: Partial<Operation> = {},
): Operation {
  return { id: ids.uuid(), sinceMs: clock.now(), ...more };
}

export function checkedName(name = ""): string {
  if (STACK_NAME.test(name)) return name;
  throw invalid(
    `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must ` +
      "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
  );
}

export function newStack(
  context: Pick<Context, "scope" | "clock" | "ids">,
  name: string,
  wanted: Wanted,
  input: Partial<
    Pick<
      sdk.CreateStackInput,
      | "Capabilities"
      | "NotificationARNs"
      | "RoleARN"
      | "OnFailure"
      | "DisableRollback"
      | "EnableTerminationProtection"
      | "ClientRequestToken"
      | "RetainExceptOnCreate"
      | "RollbackConfiguration"
      | "TimeoutInMinutes"
    >
  >,
): StackRecord {
  const { scope, clock, ids } = context;
  return {
    v: 1,
    ...scope,
    stackId: newStackId(scope, name, ids),
    name,
    status: "CREATE_IN_PROGRESS",
    wanted,
    outputs: [],
    capabilities: input.Capabilities ?? [],
    notificationArns: input.NotificationARNs ?? [],
    roleArn: input.RoleARN,
    onFailure: input.DisableRollback ? "DO_NOTHING" : (input.OnFailure ?? "ROLLBACK"),
    isProtected: input.EnableTerminationProtection === true,
    token: input.ClientRequestToken,
    operation: newOperation(context),
    timeoutMinutes: input.TimeoutInMinutes,
    removesNew: input.RetainExceptOnCreate,
    triggers: input.RollbackConfiguration,
    createdMs: clock.now(),
  };
}

/** Gives a stack a status that something follows from. */
export function begin(
  tx: Transaction,
  context: Pick<Context, "clock" | "ids">,
  stack: StackRecord,
  status: StackRecord["status"],
  change: Partial<StackRecord> = {},
): void {
  setStack(tx, context, { ...stack, failure: undefined }, status, change);
  write(tx, nameKey(stack, stack.name), { stackId: stack.stackId });
  write(tx, workKey(stack, stack.stackId), { v: 1 });
}

/** What a stack becomes, and what it goes back to when that goes wrong. */
export async function beginUpdate(
  tx: Transaction,
  stack: StackRecord,
  prepared: Prepared,
  wanted: Wanted,
): Promise<Partial<StackRecord>> {
  await noteImports(tx, stack, prepared);
  // One that went wrong and was left so has not become what it then was to be.
  return { wanted, before: stack.before ?? stack.wanted };
}

export function checkSettled({ stackId, status }: StackRecord): void {
  if (SETTLED.has(status)) return;
  throw invalid(`Stack:${stackId} is in ${status} state and can not be updated.`);
}

/** Whether nothing of a stack would change: what only describes it does not count. */
export function isSame(one: Wanted, other: Wanted): boolean {
  const all = ({ template, processed, stored = {}, parameters, tags }: Wanted) => {
    const { AWSTemplateFormatVersion, Description, Metadata, Transform, ...rest } = parseTemplate(
      processed ?? template,
    );
    return [rest, stored, parameters, tags];
  };
  return isDeepStrictEqual(all(one), all(other));
}

/** Who makes roles and policies says that he knows it. */
export function checkCapabilities({ resources }: Prepared, given: readonly string[] = []): void {
  const iam = Object.values(resources).filter(({ Type }) => Type.startsWith("AWS::IAM::"));
  if (iam.length === 0 || given.includes("CAPABILITY_NAMED_IAM")) return;
  const isNamed = iam.some(({ Properties }) =>
    ["RoleName", "PolicyName", "ManagedPolicyName", "UserName", "GroupName"].some(
      (name) => Properties[name] !== undefined && name !== "PolicyName",
    ),
  );
  const needed = isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
  if (given.includes(needed)) return;
  throw fault("InsufficientCapabilitiesException", `Requires capabilities : [${needed}]`);
}

/** By its name, where it is not deleted, or by its id. */
export async function stackNamed(
  tx: Transaction,
  { scope }: Pick<Context, "scope">,
  name = "",
): Promise<StackRecord | undefined> {
  if (name.startsWith("arn:")) return read<StackRecord>(tx, stackKey(scope, name));
  return readByName(tx, { scope }, name);
}

async function readByName(tx: Transaction, { scope }: Pick<Context, "scope">, name: string) {
  const found = await read<{ readonly stackId: string }>(tx, nameKey(scope, name));
  return found && read<StackRecord>(tx, stackKey(scope, found.stackId));
}

export async function requireStack(
  tx: Transaction,
  context: Pick<Context, "scope">,
  name: string | undefined,
): Promise<StackRecord> {
  const stack = await stackNamed(tx, context, name);
  if (!stack) throw noStack(name ?? "");
  return stack;
}

export function find(
  context: Pick<Context, "scope" | "store">,
  name: string | undefined,
): Promise<StackRecord> {
  return context.store.transact((tx) => requireStack(tx, context, name));
}

function describe(stack: StackRecord): sdk.Stack {
  const { wanted } = stack;
  return {
    ...summarise(stack),
    StackName: stack.name,
    StackStatus: stack.status,
    CreationTime: new Date(stack.createdMs),
    ...(stack.changeSetId ? { ChangeSetId: stack.changeSetId } : {}),
    Parameters: shownParameters(wanted),
    Tags: Object.entries(wanted.tags).map(([Key, Value]) => ({ Key, Value })),
    Outputs: [...stack.outputs],
    Capabilities: [...stack.capabilities] as sdk.Capability[],
    NotificationARNs: [...stack.notificationArns],
    ...(stack.roleArn ? { RoleARN: stack.roleArn } : {}),
    DisableRollback: stack.onFailure === "DO_NOTHING",
    EnableTerminationProtection: stack.isProtected,
    RollbackConfiguration: stack.triggers ?? {},
    ...(stack.timeoutMinutes === undefined ? {} : { TimeoutInMinutes: stack.timeoutMinutes }),
  };
}

function summarise(stack: StackRecord): sdk.StackSummary {
  return {
    StackId: stack.stackId,
    StackName: stack.name,
    StackStatus: stack.status,
    ...(stack.reason ? { StackStatusReason: stack.reason } : {}),
    CreationTime: new Date(stack.createdMs),
    ...(stack.updatedMs === undefined ? {} : { LastUpdatedTime: new Date(stack.updatedMs) }),
    ...(stack.deletedMs === undefined ? {} : { DeletionTime: new Date(stack.deletedMs) }),
    ...(stack.parentId ? { ParentId: stack.parentId } : {}),
    ...(stack.rootId ? { RootId: stack.rootId } : {}),
    DriftInformation: {
      StackDriftStatus: stack.drift?.status ?? "NOT_CHECKED",
      ...(stack.drift ? { LastCheckTimestamp: new Date(stack.drift.atMs) } : {}),
    },
  };
}
