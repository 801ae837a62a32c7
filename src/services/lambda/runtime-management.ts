import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { arnOf, nameFunction } from "./names.ts";
import { readRuntimeManagement, writeRuntimeManagement } from "./records.ts";
import { requireFunction, requireQualifier } from "./require.ts";

/** Which build of a runtime a function is held at. Kept for the caller: there is one build here. */
export const runtimeManagement = {
  async PutRuntimeManagementConfig(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const updateRuntimeOn = input.UpdateRuntimeOn ?? "Auto";
    const { RuntimeVersionArn } = input;
    if (updateRuntimeOn === "Manual" && !RuntimeVersionArn) {
      throw fault(
        "InvalidParameterValueException",
        "RuntimeVersionArn must be specified when UpdateRuntimeOn is set to Manual.",
      );
    }
    const qualifier = name.qualifier ?? "$LATEST";
    await context.store.transact(async (tx) => {
      await requireFunction(tx, name, name.qualifier);
      await requireQualifier(tx, name, qualifier);
      writeRuntimeManagement(tx, name, qualifier, {
        v: 1,
        updateRuntimeOn,
        ...(RuntimeVersionArn ? { runtimeVersionArn: RuntimeVersionArn } : {}),
      });
    });
    return {
      UpdateRuntimeOn: updateRuntimeOn,
      FunctionArn: arnOf(name),
      ...(RuntimeVersionArn ? { RuntimeVersionArn } : {}),
    };
  },

  async GetRuntimeManagementConfig(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const qualifier = name.qualifier ?? "$LATEST";
    const record = await context.store.transact(async (tx) => {
      await requireFunction(tx, name, name.qualifier);
      await requireQualifier(tx, name, qualifier);
      return readRuntimeManagement(tx, name, qualifier);
    });
    return {
      UpdateRuntimeOn: record?.updateRuntimeOn ?? "Auto",
      FunctionArn: arnOf(name),
      ...(record?.runtimeVersionArn ? { RuntimeVersionArn: record.runtimeVersionArn } : {}),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;
