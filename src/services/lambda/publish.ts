import type { Transaction } from "../../store/store.ts";
import {
  type FunctionId,
  type FunctionRecord,
  useCode,
  type VersionRecord,
  versionsOf,
  writeFunction,
  writePublished,
} from "./records.ts";

/**
 * Publishes $LATEST, or answers the last published version when nothing has changed since, as AWS does.
 * `revisionId` is the new version's own.
 */
export async function publish(
  tx: Transaction,
  id: FunctionId,
  record: FunctionRecord,
  given: { readonly revisionId: string; readonly description?: string },
): Promise<VersionRecord> {
  let last: VersionRecord | undefined;
  for await (const version of versionsOf(tx, id, record.nextVersion - 2)) last = version;
  if (last?.build === record.latest.build) return last;
  const published: VersionRecord = {
    ...record.latest,
    revisionId: given.revisionId,
    version: String(record.nextVersion),
    description: given.description ?? record.latest.description,
  };
  writePublished(tx, id, published);
  useCode(tx, id, published);
  writeFunction(tx, id, { ...record, nextVersion: record.nextVersion + 1 });
  return published;
}
