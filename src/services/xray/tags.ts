import type * as sdk from "@aws-sdk/client-xray";
import type { Key, Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault, invalid } from "./faults.ts";

const keyOf = (arn: string): Key => ["xrayTags", arn];
const MOST_TAGS = 50;

type Tags = Readonly<Record<string, string>>;

/** Tags of groups and sampling rules. */
export const tags = {
  async TagResource(input, { store }) {
    await store.transact((tx) => putTags(tx, checkArn(input.ResourceARN), input.Tags ?? []));
    return {};
  },

  async UntagResource(input, { store }) {
    const arn = checkArn(input.ResourceARN);
    await store.transact(async (tx) => {
      const kept = Object.entries(await tagsOf(tx, arn)).filter(([key]) => !input.TagKeys?.includes(key));
      tx.set(keyOf(arn), Object.fromEntries(kept));
    });
    return {};
  },

  async ListTagsForResource(input, { store }) {
    const found = await store.transact((tx) => tagsOf(tx, checkArn(input.ResourceARN)));
    return { Tags: Object.entries(found).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Handlers<typeof sdk>;

export async function putTags(tx: Transaction, arn: string, given: readonly sdk.Tag[]): Promise<void> {
  if (given.length === 0) return;
  const added = Object.fromEntries(given.map(({ Key = "", Value = "" }) => [Key, Value]));
  const all = { ...(await tagsOf(tx, arn)), ...added };
  if (Object.keys(all).length > MOST_TAGS) {
    throw fault("TooManyTagsException", "The maximum number of tags is 50.", { ResourceName: arn });
  }
  tx.set(keyOf(arn), all);
}

const tagsOf = async (tx: Transaction, arn: string): Promise<Tags> =>
  ((await tx.get(keyOf(arn))) as Tags | undefined) ?? {};

function checkArn(arn = ""): string {
  if (/^arn:[^:]+:xray:[^:]+:\d{12}:(group|sampling-rule)\//.test(arn)) return arn;
  throw invalid("The ARN is not one of a group or a sampling rule.");
}
