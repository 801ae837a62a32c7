import type { Store, Transaction } from "../../store/store.ts";
import type { Handlers, InvokeSource } from "../define.ts";
import { fault, revisionMismatch } from "./faults.ts";
import { LARGEST_POLICY_BYTES } from "./limits.ts";
import {
  arnOf,
  type FunctionName,
  functionArn,
  functionNotFound,
  isVersionNumber,
  nameFunction,
  parseFunctionName,
} from "./names.ts";
import { policyAllows, type Statement, writeStatement } from "./policy.ts";
import {
  deletePolicy,
  type PolicyRecord,
  readAlias,
  readFunction,
  readPolicy,
  readVersion,
  writeAlias,
  writeFunction,
  writePolicy,
  writePublished,
} from "./records.ts";
import { requireFunction, requireQualifier } from "./require.ts";
import { resolveTarget } from "./resolve.ts";

/** Who may invoke a function: the statements of its resource policy. */
export const permissions = {
  async AddPermission(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    if (name.qualifier === "$LATEST") {
      throw fault(
        "InvalidParameterValueException",
        "We currently do not support adding policies for $LATEST.",
      );
    }
    const qualifier = name.qualifier ?? "$LATEST";
    const statement = writeStatement({
      sid: input.StatementId ?? "",
      action: input.Action ?? "",
      principal: input.Principal ?? "",
      resource: arnOf(name),
      sourceArn: input.SourceArn,
      sourceAccount: input.SourceAccount,
      principalOrgId: input.PrincipalOrgID,
      eventSourceToken: input.EventSourceToken,
      functionUrlAuthType: input.FunctionUrlAuthType,
      invokedViaFunctionUrl: input.InvokedViaFunctionUrl,
    });
    const revisionId = context.ids.uuid();
    const text = JSON.stringify(statement);
    await context.store.transact(async (tx) => {
      await requireFunction(tx, name);
      await requireQualifier(tx, name, qualifier);
      if (input.RevisionId && input.RevisionId !== (await revisionOf(tx, name))) {
        throw revisionMismatch("GetPolicy");
      }
      const statements = (await readPolicy(tx, name, qualifier))?.statements ?? [];
      if (statements.some((other) => parse(other).Sid === input.StatementId)) {
        throw fault(
          "ResourceConflictException",
          `The statement id (${input.StatementId}) provided already exists. Please provide a new ` +
            "statement id, or remove the existing statement.",
        );
      }
      if (!statement) {
        throw fault(
          "InvalidParameterValueException",
          "The provided principal was invalid. Please check the principal and try again.",
        );
      }
      const next = [...statements, text];
      checkSize(next);
      writePolicy(tx, name, qualifier, { v: 1, statements: next });
      await renewRevision(tx, name, revisionId);
    });
    return { Statement: text };
  },

  async RemovePermission(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const qualifier = name.qualifier ?? "$LATEST";
    const revisionId = context.ids.uuid();
    await context.store.transact(async (tx) => {
      if (!(await readFunction(tx, name))) {
        throw fault("ResourceNotFoundException", `No policy found for: ${functionArn(name)}`);
      }
      await requireQualifier(tx, name, qualifier);
      const policy = await readPolicy(tx, name, qualifier);
      if (!policy) {
        throw fault("ResourceNotFoundException", "No policy is associated with the given resource.");
      }
      const kept = policy.statements.filter((text) => parse(text).Sid !== input.StatementId);
      if (kept.length === policy.statements.length) {
        throw fault(
          "ResourceNotFoundException",
          `Statement ${input.StatementId} is not found in resource policy.`,
        );
      }
      if (input.RevisionId && input.RevisionId !== (await revisionOf(tx, name))) throw revisionMismatch();
      if (kept.length) writePolicy(tx, name, qualifier, { v: 1, statements: kept });
      else deletePolicy(tx, name, qualifier);
      await renewRevision(tx, name, revisionId);
    });
    return {};
  },

  async GetPolicy(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const qualifier = name.qualifier ?? "$LATEST";
    const { policy, revisionId } = await context.store.transact(async (tx) => {
      if (!(await readFunction(tx, name))) throw functionNotFound(arnOf(name));
      return { policy: await readPolicy(tx, name, qualifier), revisionId: await revisionOf(tx, name) };
    });
    if (!policy || revisionId === undefined) {
      throw fault("ResourceNotFoundException", "The resource you requested does not exist.");
    }
    const statements = policy.statements.join(",");
    return {
      Policy: `{"Version":"2012-10-17","Id":"default","Statement":[${statements}]}`,
      RevisionId: revisionId,
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

/** Whether a function exists, and its policy lets a service invoke it for one of its resources. */
export async function permitsInvoke(
  store: Store,
  arn: string,
  source: InvokeSource,
): Promise<"allowed" | "denied" | "missing"> {
  const name = parseFunctionName(arn, { account: "", region: "" });
  if (!name?.account || !name.region) return "missing";
  return store.transact(async (tx) => {
    if (!(await resolveTarget(tx, name, () => 0))) return "missing";
    const policy = await readPolicy(tx, name, name.qualifier ?? "$LATEST");
    const allowed = policyAllows(policy ? statementsOf(policy) : [], {
      caller: { service: source.service },
      action: "lambda:InvokeFunction",
      resource: arnOf(name),
      keys: { "aws:sourcearn": source.sourceArn, "aws:sourceaccount": source.sourceAccount },
    });
    return allowed ? "allowed" : "denied";
  });
}

const parse = (text: string) => JSON.parse(text) as Statement;

/** A record stays the same for as long as nothing is changed in it. */
const parsed = new WeakMap<PolicyRecord, readonly Statement[]>();

function statementsOf(policy: PolicyRecord): readonly Statement[] {
  const known = parsed.get(policy) ?? policy.statements.map(parse);
  parsed.set(policy, known);
  return known;
}

function checkSize(statements: readonly string[]): void {
  const sizeBytes = Buffer.byteLength(statements.join(","));
  if (sizeBytes <= LARGEST_POLICY_BYTES) return;
  throw fault(
    "PolicyLengthExceededException",
    `The final policy size (${sizeBytes}) is bigger than the limit (${LARGEST_POLICY_BYTES}).`,
  );
}

/** The revision id of what the policy hangs on: an alias, a version or the function. */
async function revisionOf(tx: Transaction, name: FunctionName): Promise<string | undefined> {
  const { qualifier = "$LATEST" } = name;
  if (qualifier === "$LATEST" || isVersionNumber(qualifier)) {
    return (await readVersion(tx, name, qualifier))?.revisionId;
  }
  return (await readAlias(tx, name, qualifier))?.revisionId;
}

async function renewRevision(tx: Transaction, name: FunctionName, revisionId: string): Promise<void> {
  const { qualifier = "$LATEST" } = name;
  if (qualifier === "$LATEST") {
    const record = await requireFunction(tx, name);
    writeFunction(tx, name, { ...record, latest: { ...record.latest, revisionId } });
  } else if (isVersionNumber(qualifier)) {
    const version = await readVersion(tx, name, qualifier);
    if (version) writePublished(tx, name, { ...version, revisionId });
  } else {
    const alias = await readAlias(tx, name, qualifier);
    if (alias) writeAlias(tx, name, { ...alias, revisionId });
  }
}
