import type * as sdk from "@aws-sdk/client-codedeploy";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { applicationKey, groupKey, read, tagsKey, write } from "./records.ts";

export const applicationArn = (scope: Scope, name: string) =>
  formatArn("codedeploy", scope, `application:${name}`);
export const groupArn = (scope: Scope, application: string, name: string) =>
  formatArn("codedeploy", scope, `deploymentgroup:${application}/${name}`);

type Tags = Readonly<Record<string, string>>;

/** Tags of applications and deployment groups. */
export const tags = {
  async TagResource(input, context) {
    await context.store.transact(async (tx) => {
      const arn = await requireResource(tx, context.scope, input.ResourceArn);
      await putTags(tx, context.scope, arn, input.Tags ?? []);
    });
    return {};
  },

  async UntagResource(input, context) {
    await context.store.transact(async (tx) => {
      const arn = await requireResource(tx, context.scope, input.ResourceArn);
      const gone = input.TagKeys ?? [];
      const kept = Object.entries(await tagsOf(tx, context.scope, arn)).filter(
        ([key]) => !gone.includes(key),
      );
      write(tx, tagsKey(context.scope, arn), Object.fromEntries(kept));
    });
    return {};
  },

  async ListTagsForResource(input, context) {
    const found = await context.store.transact(async (tx) =>
      tagsOf(tx, context.scope, await requireResource(tx, context.scope, input.ResourceArn)),
    );
    return { Tags: Object.entries(found).map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Handlers<typeof sdk>;

export async function putTags(
  tx: Transaction,
  scope: Scope,
  arn: string,
  given: readonly sdk.Tag[],
): Promise<void> {
  if (given.length === 0) return;
  const added = Object.fromEntries(given.map(({ Key = "", Value = "" }) => [Key, Value]));
  const all = { ...(await tagsOf(tx, scope, arn)), ...added };
  if (Object.keys(all).length > 50) {
    throw fault("TagLimitExceededException", "The maximum allowed number of tags was exceeded.");
  }
  write(tx, tagsKey(scope, arn), all);
}

const tagsOf = async (tx: Transaction, scope: Scope, arn: string): Promise<Tags> =>
  (await read<Tags>(tx, tagsKey(scope, arn))) ?? {};

const ARN = /^arn:[^:]+:codedeploy:[^:]+:\d{12}:(application:([^/]+)|deploymentgroup:([^/]+)\/(.+))$/;

async function requireResource(tx: Transaction, scope: Scope, arn: string | undefined): Promise<string> {
  if (!arn)
    throw fault("ResourceArnRequiredException", "The ARN of a resource is required, but was not found.");
  const [whole, , application, ofGroup, group] = ARN.exec(arn) ?? [];
  if (!whole) throw fault("ArnNotSupportedException", `The specified ARN is not supported: ${arn}`);
  if (application && !(await tx.get(applicationKey(scope, application))))
    throw fault("ApplicationDoesNotExistException", `No application found for name: ${application}`);
  if (ofGroup && group && !(await tx.get(groupKey(scope, ofGroup, group)))) {
    throw fault("DeploymentGroupDoesNotExistException", `No Deployment Group found for name: ${group}`);
  }
  return arn;
}
