import type { Handlers } from "../define.ts";
import { changeClaims, checkUnreserved } from "./claims.ts";
import { fault } from "./faults.ts";
import { LARGEST_UNZIPPED_BYTES, LARGEST_ZIP_BYTES, TOTAL_CODE_BYTES } from "./limits.ts";
import { type FunctionName, nameFunction } from "./names.ts";
import { readTotal, writeFunction } from "./records.ts";
import { requireFunction } from "./require.ts";

/** How much may run at once, and whether loops may: what delivery keeps to. */
export const concurrency = {
  async PutFunctionConcurrency(input, context) {
    const id = onlyFunction(nameFunction(input.FunctionName, undefined, context.scope));
    const wanted = input.ReservedConcurrentExecutions ?? 0;
    await context.store.transact(async (tx) => {
      const record = await requireFunction(tx, id, "$LATEST");
      const { provisionedConcurrency = 0 } = record;
      if (wanted < provisionedConcurrency) {
        throw fault(
          "InvalidParameterValueException",
          ` ReservedConcurrentExecutions  ${wanted} should not be lower than function's total provisioned ` +
            `concurrency [${provisionedConcurrency}].`,
        );
      }
      const changed = { ...record, reservedConcurrency: wanted };
      const { accountConcurrency } = context.functions;
      await checkUnreserved(tx, id, { before: record, after: changed, accountConcurrency }, "Reserved");
      changeClaims(tx, id, record, changed);
    });
    return { ReservedConcurrentExecutions: wanted };
  },

  async GetFunctionConcurrency(input, context) {
    const id = onlyFunction(nameFunction(input.FunctionName, undefined, context.scope));
    const record = await context.store.transact((tx) => requireFunction(tx, id));
    return record.reservedConcurrency === undefined
      ? {}
      : { ReservedConcurrentExecutions: record.reservedConcurrency };
  },

  async DeleteFunctionConcurrency(input, context) {
    const id = onlyFunction(nameFunction(input.FunctionName, undefined, context.scope));
    await context.store.transact(async (tx) => {
      const before = await requireFunction(tx, id);
      const { reservedConcurrency, ...record } = before;
      if (reservedConcurrency !== undefined) changeClaims(tx, id, before, record);
    });
    return {};
  },

  async PutFunctionRecursionConfig(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const recursiveLoop = input.RecursiveLoop ?? "Terminate";
    await context.store.transact(async (tx) => {
      writeFunction(tx, id, { ...(await requireFunction(tx, id)), recursiveLoop });
    });
    return { RecursiveLoop: recursiveLoop };
  },

  async GetFunctionRecursionConfig(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const record = await context.store.transact((tx) => requireFunction(tx, id));
    return { RecursiveLoop: record.recursiveLoop };
  },

  async GetAccountSettings(_input, { scope, store, functions: { accountConcurrency } }) {
    const [claimed, codeBytes, functions] = await store.transact(async (tx) => [
      await readTotal(tx, scope, "reservedConcurrency"),
      await readTotal(tx, scope, "codeBytes"),
      await readTotal(tx, scope, "functions"),
    ]);
    return {
      AccountLimit: {
        TotalCodeSize: TOTAL_CODE_BYTES,
        CodeSizeUnzipped: LARGEST_UNZIPPED_BYTES,
        CodeSizeZipped: LARGEST_ZIP_BYTES,
        ConcurrentExecutions: accountConcurrency,
        UnreservedConcurrentExecutions: accountConcurrency - (claimed ?? 0),
      },
      AccountUsage: { TotalCodeSize: codeBytes ?? 0, FunctionCount: functions ?? 0 },
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

function onlyFunction(name: FunctionName): FunctionName {
  if (name.qualifier === undefined) return name;
  throw fault(
    "InvalidParameterValueException",
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this " +
      "operation. Please specify either a function name or an unqualified function ARN.",
  );
}
