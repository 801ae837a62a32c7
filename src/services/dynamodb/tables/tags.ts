import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { stackTags } from "../../stack-tags.ts";
import { fault } from "../faults.ts";
import { invalid } from "../values/value.ts";
import { findTable, saveTable, type Table } from "./catalog.ts";
import { parseTableArn } from "./names.ts";
import type { TagRecord } from "./settings.ts";

const MOST_TAGS = 50;
const TAGS_PER_PAGE = 10;

export const tags = {
  async TagResource({ ResourceArn = "", Tags = [] }, context) {
    if (Tags.length === 0) throw invalid("Atleast one Tag needs to be provided as Input.");
    checkTags(Tags);
    await changeTags(context, ResourceArn, (old) => {
      const merged = new Map(old.map((tag) => [tag.key, tag]));
      for (const { Key = "", Value = "" } of Tags) merged.set(Key, { key: Key, value: Value });
      if (merged.size > MOST_TAGS) {
        throw fault("LimitExceededException", `The number of tags exceeds the limit of ${MOST_TAGS}`);
      }
      return [...merged.values()];
    });
    return {};
  },

  async UntagResource({ ResourceArn = "", TagKeys = [] }, context) {
    if (TagKeys.length === 0) throw invalid("Atleast one Tag Key needs to be provided as Input.");
    await changeTags(context, ResourceArn, (old) => old.filter(({ key }) => !TagKeys.includes(key)));
    return {};
  },

  async ListTagsOfResource({ ResourceArn = "", NextToken }, context) {
    const table = await context.store.transact((tx) => tableOfArn(tx, context, ResourceArn));
    const start = NextToken === undefined ? 0 : readToken(NextToken);
    const byStack = await stackTags(context, "AWS::DynamoDB::Table", table.record.name);
    const system = Object.entries(byStack).map(([key, value]) => ({ key, value }));
    const all = [...system, ...table.record.tags];
    const page = all.slice(start, start + TAGS_PER_PAGE);
    const end = start + page.length;
    return {
      Tags: page.map(({ key, value }) => ({ Key: key, Value: value })),
      ...(end < all.length ? { NextToken: Buffer.from(`${end}`).toString("base64") } : {}),
    };
  },
} satisfies Handlers<typeof sdk>;

function readToken(token: string): number {
  const start = Number(Buffer.from(token, "base64").toString());
  if (!Number.isSafeInteger(start) || start < 0) throw invalid("Invalid NextToken");
  return start;
}

/** Faults: ValidationException for keys that AWS reserves or that come twice, and for too many tags. */
export function checkTags(list: readonly { Key?: string | undefined }[]): void {
  const keys = list.map(({ Key = "" }) => Key);
  const reserved = keys.find((key) => key.startsWith("aws:"));
  if (reserved !== undefined) {
    throw invalid("One or more parameter values were invalid: Tag keys starting with 'aws:' are reserved");
  }
  if (new Set(keys).size < keys.length) {
    throw invalid("One or more parameter values were invalid: Duplicate tag key found");
  }
  if (keys.length > MOST_TAGS) {
    throw fault("LimitExceededException", `The number of tags exceeds the limit of ${MOST_TAGS}`);
  }
}

/** The table that a `ResourceArn` names. Faults: ValidationException, ResourceNotFoundException. */
export async function tableOfArn(tx: Transaction, context: Context, arn: string): Promise<Table> {
  const address = parseTableArn(arn);
  if (!address) throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  const table = await findTable(tx, context.store, address.scope, address.name);
  // The misspelling is AWS's.
  const wording = `Requested resource not found: ResourcArn: ${arn} not found`;
  if (!table) throw fault("ResourceNotFoundException", wording);
  return table;
}

async function changeTags(
  context: Context,
  arn: string,
  change: (old: readonly TagRecord[]) => readonly TagRecord[],
): Promise<void> {
  await context.store.transact(async (tx) => {
    const { record } = await tableOfArn(tx, context, arn);
    saveTable(tx, context, { ...record, tags: change(record.tags) });
  });
}
