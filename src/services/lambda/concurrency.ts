import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import {
  CONCURRENCY_LIMIT,
  LARGEST_UNZIPPED_BYTES,
  LARGEST_ZIP_BYTES,
  LEAST_UNRESERVED_CONCURRENCY,
  TOTAL_CODE_BYTES,
} from "./limits.ts";
import { type FunctionName, nameFunction } from "./names.ts";
import { addTotal, readTotal, writeFunction } from "./records.ts";
import { requireFunction } from "./require.ts";

/** How much may run at once, and whether loops may: what delivery keeps to. */
export const concurrency = {
  async PutFunctionConcurrency(input, context) {
    const id = onlyFunction(nameFunction(input.FunctionName, undefined, context.scope));
    const wanted = input.ReservedConcurrentExecutions ?? 0;
    await context.store.transact(async (tx) => {
      const record = await requireFunction(tx, id, "$LATEST");
      const change = wanted - (record.reservedConcurrency ?? 0);
      const reserved = await readTotal(tx, id, "reservedConcurrency");
      if (CONCURRENCY_LIMIT - reserved - change < LEAST_UNRESERVED_CONCURRENCY) {
        throw fault(
          "InvalidParameterValueException",
          "Specified ReservedConcurrentExecutions for function decreases account's " +
            `UnreservedConcurrentExecution below its minimum value of [${LEAST_UNRESERVED_CONCURRENCY}].`,
        );
      }
      addTotal(tx, id, "reservedConcurrency", change);
      writeFunction(tx, id, { ...record, reservedConcurrency: wanted });
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
      const { reservedConcurrency, ...record } = await requireFunction(tx, id);
      if (reservedConcurrency === undefined) return;
      addTotal(tx, id, "reservedConcurrency", -reservedConcurrency);
      writeFunction(tx, id, record);
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

  async GetAccountSettings(_input, { scope, store }) {
    const [reserved, codeBytes, functions] = await store.transact(async (tx) => [
      await readTotal(tx, scope, "reservedConcurrency"),
      await readTotal(tx, scope, "codeBytes"),
      await readTotal(tx, scope, "functions"),
    ]);
    return {
      AccountLimit: {
        TotalCodeSize: TOTAL_CODE_BYTES,
        CodeSizeUnzipped: LARGEST_UNZIPPED_BYTES,
        CodeSizeZipped: LARGEST_ZIP_BYTES,
        ConcurrentExecutions: CONCURRENCY_LIMIT,
        UnreservedConcurrentExecutions: CONCURRENCY_LIMIT - (reserved ?? 0),
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
