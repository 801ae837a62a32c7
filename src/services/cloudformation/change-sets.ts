import type * as sdk from "@aws-sdk/client-cloudformation";
import { Fault, platformFault } from "../../kernel/faults.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers, Input } from "../define.ts";
import { changesFor, withoutValues } from "./changes.ts";
import { wishesIn } from "./check-types.ts";
import { setStack } from "./events.ts";
import { noteImports } from "./exports.ts";
import { fault, invalid } from "./faults.ts";
import { newChangeSetId, STACK_NAME } from "./names.ts";
import { paged } from "./paging.ts";
import { prepare } from "./prepare.ts";
import {
  type ChangeSetRecord,
  changeSetKey,
  nameKey,
  prefixOf,
  readAll,
  type StackRecord,
  type Wanted,
  write,
} from "./records.ts";
import { remarksOn } from "./remarks.ts";
import { shownParameters } from "./shown-parameters.ts";
import {
  begin,
  beginUpdate,
  checkCapabilities,
  checkedName,
  checkSettled,
  isSame,
  newOperation,
  newStack,
  requireStack,
  stackNamed,
} from "./stacks.ts";
import { parametersFrom, tagsFrom, templateFrom } from "./template-source.ts";
import { settle } from "./transforms.ts";

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

export const changeSets = {
  async CreateChangeSet(input, context) {
    const { ids, scope, clock } = context;
    const name = input.ChangeSetName ?? "";
    // ImportExistingResources is nothing where nothing exists; where something does, making it fails.
    if (input.ChangeSetType === "IMPORT")
      throw platformFault("NotImplemented", "Importing resources into stacks is not part of this platform.");
    if (!STACK_NAME.test(name)) throw invalid(`Invalid change set name: ${name}`);
    const old = await context.store.transact((tx) => stackNamed(tx, context, input.StackName));
    const kind = input.ChangeSetType === "CREATE" ? "CREATE" : "UPDATE";
    const isReviewed = old?.status === "REVIEW_IN_PROGRESS";
    if (kind === "CREATE" && old && !isReviewed) {
      throw invalid(
        `Stack [${old.name}] already exists and cannot be created again with the changeSet [${name}].`,
      );
    }
    if (kind === "UPDATE" && (!old || isReviewed)) throw invalid(`Stack [${input.StackName}] does not exist`);
    if (kind === "UPDATE" && old) checkSettled(old);
    const asked = await askedFor(context, input, old);
    const stack = old ?? {
      ...newStack(context, checkedName(input.StackName), asked, input),
      status: "REVIEW_IN_PROGRESS" as const,
    };
    const { wanted, changes, isExecutable, reason } = await lookAhead(
      context,
      stack,
      asked,
      input.Capabilities,
    );
    const record: ChangeSetRecord = {
      v: 1,
      ...scope,
      id: newChangeSetId(scope, name, ids),
      name,
      stackId: stack.stackId,
      stackName: stack.name,
      kind,
      status: isExecutable ? "CREATE_COMPLETE" : "FAILED",
      execution: isExecutable ? "AVAILABLE" : "UNAVAILABLE",
      reason,
      description: input.Description,
      wanted,
      changes,
      capabilities: input.Capabilities ?? [],
      notificationArns: input.NotificationARNs ?? stack.notificationArns,
      roleArn: input.RoleARN,
      triggers: input.RollbackConfiguration,
      onFailure: input.OnStackFailure,
      token: input.ClientToken,
      createdMs: clock.now(),
    };
    return context.store.transact(async (tx) => {
      const same = (await setsOf(tx, stack.stackId)).find((each) => each.name === name);
      if (same && input.ClientToken !== undefined && same.token === input.ClientToken)
        return { Id: same.id, StackId: stack.stackId };
      // The CLI names them by the second: what can no longer be executed stands in nobody's way.
      if (same?.execution === "AVAILABLE") {
        throw fault("AlreadyExistsException", `ChangeSet ${name} already exists`);
      }
      if (same) tx.delete(changeSetKey(stack.stackId, same.id));
      if (!old) {
        write(tx, nameKey(scope, stack.name), { stackId: stack.stackId });
        setStack(tx, context, stack, "REVIEW_IN_PROGRESS", { reason: "User Initiated" });
      }
      write(tx, changeSetKey(stack.stackId, record.id), record);
      return { Id: record.id, StackId: stack.stackId };
    });
  },

  async DescribeChangeSet(input, context) {
    const set = await context.store.transact((tx) => requireSet(tx, context, input));
    const all = set.changes.map((change, index) => ({ change, id: String(index) }));
    const { items, ...token } = await paged(all, input.NextToken, ({ id }) => id);
    return {
      ...summarise(set),
      Parameters: shownParameters(set.wanted),
      Tags: Object.entries(set.wanted.tags).map(([Key, Value]) => ({ Key, Value })),
      Capabilities: [...set.capabilities] as sdk.Capability[],
      NotificationARNs: [...set.notificationArns],
      RollbackConfiguration: set.triggers ?? {},
      ...(set.onFailure ? { OnStackFailure: set.onFailure } : {}),
      Changes: items.map(({ change }) => (input.IncludePropertyValues ? change : withoutValues(change))),
      ...token,
    };
  },

  async ListChangeSets(input, context) {
    const all = await context.store.transact(async (tx) =>
      setsOf(tx, (await requireStack(tx, context, input.StackName)).stackId),
    );
    const { items, ...token } = await paged(all, input.NextToken, ({ id }) => id);
    return { Summaries: items.map(summarise), ...token };
  },

  async ExecuteChangeSet(input, context) {
    const set = await context.store.transact((tx) => requireSet(tx, context, input));
    if (set.execution !== "AVAILABLE") {
      throw fault(
        "InvalidChangeSetStatusException",
        `ChangeSet [${set.id}] cannot be executed in its current status of [${set.status}]`,
      );
    }
    const before = await context.store.transact((tx) => requireStack(tx, context, set.stackId));
    const prepared = await prepare(context, before, set.wanted);
    return context.store.transact(async (tx) => {
      const stack = await requireStack(tx, context, set.stackId);
      const { wanted, capabilities } = set;
      const shared = {
        changeSetId: set.id,
        capabilities,
        reason: "User Initiated",
        notificationArns: set.notificationArns,
        operation: newOperation(context),
        removesNew: input.RetainExceptOnCreate,
        token: input.ClientRequestToken,
        ...(set.roleArn ? { roleArn: set.roleArn } : {}),
        ...(set.triggers ? { triggers: set.triggers } : {}),
      };
      const onFailure = input.DisableRollback ? "DO_NOTHING" : (set.onFailure ?? "ROLLBACK");
      if (set.kind === "CREATE") {
        begin(tx, context, stack, "CREATE_IN_PROGRESS", { ...shared, wanted, onFailure });
        await noteImports(tx, stack, prepared);
      } else {
        checkSettled(stack);
        const change = await beginUpdate(tx, stack, prepared, wanted);
        begin(tx, context, stack, "UPDATE_IN_PROGRESS", {
          ...shared,
          ...change,
          onFailure,
          updatedMs: context.clock.now(),
        });
      }
      // The others were made for a stack that there is no more.
      for (const other of await setsOf(tx, set.stackId)) tx.delete(changeSetKey(set.stackId, other.id));
      write(tx, changeSetKey(set.stackId, set.id), { ...set, execution: "EXECUTE_COMPLETE" });
      return {};
    });
  },

  async DeleteChangeSet(input, context) {
    return context.store.transact(async (tx) => {
      const set = await findSet(tx, context, input);
      if (set) tx.delete(changeSetKey(set.stackId, set.id));
      return {};
    });
  },
} satisfies Handlers<typeof sdk>;

async function askedFor(
  context: Context,
  input: Input<typeof sdk.CreateChangeSetCommand>,
  old: StackRecord | undefined,
): Promise<Wanted> {
  const isSame = input.UsePreviousTemplate && old;
  return {
    template: isSame ? old.wanted.template : await templateFrom(context, input),
    parameters: parametersFrom(input.Parameters, old?.wanted.parameters),
    tags: input.Tags || !old ? tagsFrom(input.Tags) : old.wanted.tags,
    ...wishesIn(input.Capabilities),
  };
}

const setsOf = (tx: Transaction, stackId: string) =>
  readAll<ChangeSetRecord>(tx, prefixOf(changeSetKey(stackId, "")));

interface Named {
  readonly ChangeSetName?: string | undefined;
  readonly StackName?: string | undefined;
}

async function findSet(
  tx: Transaction,
  context: Context,
  { ChangeSetName: name = "", StackName }: Named,
): Promise<ChangeSetRecord | undefined> {
  if (name.startsWith("arn:")) {
    const all = await readAll<ChangeSetRecord>(tx, ["cfnChangeSet"]);
    return all.find(({ id }) => id === name);
  }
  const stack = await stackNamed(tx, context, StackName);
  return stack && (await setsOf(tx, stack.stackId)).find((each) => each.name === name);
}

async function requireSet(tx: Transaction, context: Context, named: Named): Promise<ChangeSetRecord> {
  const set = await findSet(tx, context, named);
  if (!set) throw fault("ChangeSetNotFoundException", `ChangeSet [${named.ChangeSetName}] does not exist`);
  return set;
}

function summarise(set: ChangeSetRecord) {
  return {
    ChangeSetId: set.id,
    ChangeSetName: set.name,
    StackId: set.stackId,
    StackName: set.stackName,
    Status: set.status,
    ExecutionStatus: set.execution,
    ...(set.reason ? { StatusReason: set.reason } : {}),
    ...(set.description ? { Description: set.description } : {}),
    CreationTime: new Date(set.createdMs),
    IncludeNestedStacks: false,
  };
}

interface Ahead {
  readonly wanted: Wanted;
  readonly changes: readonly sdk.Change[];
  readonly isExecutable: boolean;
  /** Why it cannot be executed, or what it leaves out. */
  readonly reason?: string;
}

/** What a change set would come to. A transform that fails is told by the change set, not by its request. */
async function lookAhead(
  context: Context,
  stack: StackRecord,
  asked: Wanted,
  capabilities: readonly string[] | undefined,
): Promise<Ahead> {
  let settled: Wanted;
  try {
    settled = await settle(context, stack, asked);
  } catch (error) {
    if (!(error instanceof Fault) || !/^(Transform|No transform) /.test(error.message)) throw error;
    return { wanted: asked, changes: [], isExecutable: false, reason: error.message };
  }
  const prepared = await prepare(context, stack, settled);
  checkCapabilities(prepared, capabilities);
  const changes = await changesFor(context, stack, prepared);
  const wanted = { ...settled, parameters: prepared.given };
  const isNew = stack.status === "REVIEW_IN_PROGRESS";
  // Outputs alone may change too.
  return changes.length === 0 && !isNew && isSame(stack.wanted, wanted)
    ? { wanted, changes, isExecutable: false, reason: NO_CHANGES }
    : { wanted, changes, isExecutable: true, ...remarksOn(prepared) };
}
