import type { Context, Handlers } from "../define.ts";
import { claimOf } from "./claims.ts";
import { discardCode } from "./code.ts";
import { describeVersion } from "./describe.ts";
import { fault, revisionMismatch } from "./faults.ts";
import { type FunctionName, functionArn, isVersionNumber, nameFunction } from "./names.ts";
import { forgetProvisioned } from "./provisioned.ts";
import { publish } from "./publish.ts";
import {
  addTotal,
  aliasesOf,
  deleteFunctionRecords,
  deletePublished,
  deleteQualifier,
  type FunctionId,
  readVersion,
  releaseCode,
  type VersionRecord,
  versionsOf,
} from "./records.ts";
import { requireFunction } from "./require.ts";
import { functionVersion } from "./resolve.ts";
import { deleteUrls } from "./urls/records.ts";

/** Publishing versions, and deleting them or the whole function. */
export const versions = {
  async PublishVersion(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    if (input.PublishTo) {
      throw fault("InvalidParameterValueException", "PublishTo is not supported by this platform yet.");
    }
    const revisionId = context.ids.uuid();
    const published = await context.store.transact(async (tx) => {
      const record = await requireFunction(tx, id);
      const { latest } = record;
      if (input.RevisionId && input.RevisionId !== latest.revisionId) throw revisionMismatch();
      if (input.CodeSha256 && input.CodeSha256 !== latest.codeSha256) {
        throw fault(
          "InvalidParameterValueException",
          `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST ` +
            `(${latest.codeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
        );
      }
      return publish(tx, id, record, {
        revisionId,
        ...(input.Description ? { description: input.Description } : {}),
      });
    });
    context.functions.prepare(functionVersion(id, published));
    return describeVersion(id, published);
  },

  async DeleteFunction(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const { qualifier } = name;
    if (qualifier === "$LATEST") {
      throw fault(
        "InvalidParameterValueException",
        "$LATEST version cannot be deleted without deleting the function.",
      );
    }
    if (qualifier !== undefined && !isVersionNumber(qualifier)) {
      throw fault("InvalidParameterValueException", "Deletion of aliases is not currently supported.");
    }
    const released =
      qualifier === undefined ? await deleteWhole(context, name) : await deleteOne(context, name, qualifier);
    for (const blob of new Set(released.map((version) => version.codeBlob))) discardCode(context, blob);
    context.functions.retire(functionArn(name));
    return { StatusCode: 204 };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

function deleteWhole(context: Context, id: FunctionId): Promise<VersionRecord[]> {
  return context.store.transact(async (tx) => {
    const record = await requireFunction(tx, id);
    const released = [record.latest];
    for await (const version of versionsOf(tx, id)) released.push(version);
    for (const version of released) releaseCode(tx, id, version);
    addTotal(tx, id, "functions", -1);
    addTotal(tx, id, "reservedConcurrency", -claimOf(record));
    deleteFunctionRecords(tx, id);
    await deleteUrls(tx, id);
    return released;
  });
}

/** A version that does not exist is deleted without a word, as AWS does. */
function deleteOne(context: Context, name: FunctionName, version: string): Promise<VersionRecord[]> {
  return context.store.transact(async (tx) => {
    await requireFunction(tx, name);
    const record = await readVersion(tx, name, version);
    if (!record) return [];
    const users: string[] = [];
    for await (const alias of aliasesOf(tx, name)) {
      if (alias.version === version || version in alias.weights) users.push(alias.name);
    }
    if (users.length) {
      throw fault(
        "ResourceConflictException",
        `Unable to delete version because the following aliases reference it: [${users.join(", ")}]`,
      );
    }
    releaseCode(tx, name, record);
    deletePublished(tx, name, version);
    deleteQualifier(tx, name, version);
    await forgetProvisioned(tx, name, version);
    return [record];
  });
}
